"""The local compatible server through pysolr: Lucene's query syntax, updates, and what is refused."""

import re

import pysolr
import pytest

from nlpjourney.tasks.search import BM25Index
from nlpjourney.tasks.search.server import SearchServer
from nlpjourney.tasks.search.server.collection import K1, B

TEXTS = ["the cat sat on the mat", "the dog and the cat", "a <b>bird</b> & a cat sat", "fish"]


@pytest.fixture
def solr(server: SearchServer):
    solr = pysolr.Solr(f"{server.url}/solr/t", always_commit=True)
    solr.add([{"id": f"d{i}", "text": t, "kind": "even" if i % 2 == 0 else "odd"} for i, t in enumerate(TEXTS)])
    return solr


class TestPysolr:
    def test_search(self, solr: pysolr.Solr) -> None:
        ours = BM25Index(k1=K1, b=B).fit(TEXTS)
        found = solr.search("text:(cat sat)", fl="*,score")
        assert [doc["id"] for doc in found] == [f"d{hit.doc}" for hit in ours.search("cat sat")]
        assert [doc["score"] for doc in found] == pytest.approx([hit.score for hit in ours.search("cat sat")])
        assert {doc["id"] for doc in solr.search('text:"the cat"')} == {"d0", "d1"}
        assert {doc["id"] for doc in solr.search("cat", fq="kind:even")} == {"d0", "d2"}
        assert solr.search("text:dog fish").hits == 2 and solr.search("*:*").hits == 4
        marked = solr.search("bird", hl="true", **{"hl.fl": "text", "hl.simple.pre": "[", "hl.simple.post": "]"})
        assert marked.highlighting["d2"]["text"] == ["a &lt;b&gt;[bird]&lt;/b&gt; &amp; a cat sat"]

    def test_delete_and_errors(self, solr: pysolr.Solr) -> None:
        solr.delete(id="d0")
        assert solr.search("*:*").hits == 3
        solr.delete(q="text:fish")
        assert {doc["id"] for doc in solr.search("*:*")} == {"d1", "d2"}
        with pytest.raises(pysolr.SolrError, match="cannot parse"):
            solr.search('text:"open')
        with pytest.raises(pysolr.SolrError, match="uniqueKey"):
            solr.add([{"text": "no id"}])


def filled(url: str) -> pysolr.Solr:
    solr = pysolr.Solr(f"{url}/solr/pets", always_commit=True)
    solr.add([
        {"id": 1, "title": "cat", "price": 10, "tags": ["pet", "zoo"], "ok": True, "made": "2020-01-01"},
        {"id": "2", "title": "cat dog", "price": 20, "tags": "pet", "ok": False, "weight": 1.5},
        {"id": "3", "title": "bird, wi-fi", "price": -5, "note": "a*b [x]"},
    ])  # fmt: skip
    return solr


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory):
    """For tests that only read."""
    with SearchServer(tmp_path_factory.mktemp("pets")) as running:
        yield filled(running.url)


@pytest.fixture
def own_pets(server: SearchServer):
    return filled(server.url)


def found(solr: pysolr.Solr, query: str, **more) -> str:
    """The ids, one character each, in order."""
    return "".join(sorted(doc["id"] for doc in solr.search(query, **{"df": "title"} | more)))


class TestQuerySyntax:
    @pytest.mark.parametrize(("query", "ids"), [
        ("title:cat AND title:dog", "2"), ("NOT title:cat", "3"), ("+title:cat +title:dog", "2"), ("-title:cat", "3"),
        ("title:ca*", "12"), ("title:c?t", "12"), ("title:*i*", "3"), ("price:[15 TO 25]", "2"), ("price:20", "2"),
        ("title:cta~", "12"),
        ("price:{10 TO 20]", "2"), ("price:[* TO 10}", "3"), ("price:[* TO *]", "123"), ("price:-5", "3"),
        ('price:"-5"', "3"),
        ("price:[-9 TO -1]", "3"), ("title:cst~1", "12"), ("title:cta~1", "12"), ("title:cta~0", ""),
        ("title:CAT", "12"), ("title:CA*", "12"),
        ("cat dog", "12"), ("cat AND dog", "2"), ("cat OR bird", "123"), ("cat NOT dog", "1"), ("cat -dog", "1"),
        ("cat AND NOT dog", "1"),
        ("+cat dog", "12"), ("cat AND (dog OR bird)", "2"), ("(cat AND dog) OR bird", "23"), ("-(cat bird)", ""),
        ("*:* -dog", "13"),
        ("dog OR bird AND wi", "3"), ("bird AND wi OR dog", "3"), ("cat AND -dog", "1"), ("-dog AND cat", "1"),
        ("-cat AND -dog", "3"),
        ("title:(cat -dog)", "1"), ("title:(cat AND dog)", "2"), ('title:"cat dog"', "2"), ('title:"dog cat"', ""),
        ("wi-fi", "3"), ('"wi-fi"', "3"),
        ("dog AND (NOT bird)", ""), ("tags:pet", "12"), ("tags:(pet AND zoo)", "1"), ('tags:"pet zoo"', ""),
        ("tags.keyword:zoo", "1"),
        ("ok:true", "1"), ("ok:false", "2"), ("weight:1.5", "2"), ("weight:[1 TO 2]", "2"), ("id:1", "1"),
        ("id:(1 OR 3)", "13"), ("tags:*", "12"),
        ("-tags:*", "3"), ("*:*", "123"), ("made:2020-01-01", "1"), ('made:"2020-01-01"', "1"), ("note:a\\*b", "3"),
        ("note:\\[x\\]", "3"),
        ("title:[bird TO cat]", "123"), ("title:{bird TO cat}", ""), ("cat^2 dog", "12"), ("title:cat^0.5", "12"),
        ("title:\\u0063at", "12"),
        ("and", ""), ("dog or bird", "23"), ("", ""), ("title:c\\*t", ""), ("title.keyword:[cat TO cat]", "1"),
        ("title.keyword:cat*", "12"),
    ])  # fmt: skip
    def test_queries(self, pets: pysolr.Solr, query: str, ids: str) -> None:
        assert found(pets, query) == ids
        assert found(pets, "*:*", fq=query) == ids

    @pytest.mark.parametrize(("query", "ids"), [
        ("cat dog", "2"), ("cat OR dog", "12"), ("cat -dog", "1"), ("wi fi", "3"), ("cat OR dog bird", "3"),
        ("wi-cat", ""),
    ])  # fmt: skip
    def test_the_default_operator(self, pets: pysolr.Solr, query: str, ids: str) -> None:
        assert found(pets, query, **{"q.op": "AND"}) == ids

    @pytest.mark.parametrize(("query", "name"), [
        ('title:"cat dog"~2', "slop"), ("title:/ca.*/", "regular expression"), ("price:>5", ">"), ("price:<=5", "<"),
        ("{!edismax}cat", "local parameters"),
        ("cat && dog", "&&"), ("cat || dog", "\\|\\|"), ("!cat", "write AND, OR and NOT"), ("cat~0.8", "0.8"),
        ("cat~5", "edits"), ("cat^", "number"), ("absent:x", "undefined field absent"),
        ("price:cheap", "numbers"), ("price:2*", "not of text"), ("price:20~", "not of text"),
        ("ok:yes", "true and false"), ("price:[a TO b]", "numbers"),
        ("title:a:b", "field twice"), ("+-cat", "two signs"), ("NOT NOT cat", "two signs"),
        ("cat AND", "cannot parse"), ("(cat", "cannot parse"),
        ("cat)", "cannot parse"), ("title:", "cannot parse"), ("AND", "cannot parse"), ("[1 TO", "cannot parse"),
        ("(" * 3000 + "cat" + ")" * 3000, "nested too deeply"), (" ".join(["cat"] * 1025), "too many boolean clauses"),
        ("cat " * 9000, "too long"), ('"' * 9000, "too long"),
        ("price:-5^2", "cannot parse"), ("cat^1.2.3", "cannot parse"), ("_val_:\"x\"", "undefined field _val_"),
        ("title:(", "cannot parse"),
    ])  # fmt: skip
    def test_what_cannot_be_read_or_is_not_served_is_refused(self, pets: pysolr.Solr, query: str, name: str) -> None:
        with pytest.raises(pysolr.SolrError, match=name):
            found(pets, query)
        with pytest.raises(pysolr.SolrError, match=name):
            pets.delete(q=query.replace("cat", "title:cat") if "title" not in query else query)
        assert pets.search("*:*").hits == 3

    def test_boosts_multiply(self, pets: pysolr.Solr) -> None:
        once, twice = (pets.search(query, fl="id,score").docs[0]["score"] for query in ("title:cat", "title:cat^2"))
        assert twice == pytest.approx(2 * once)


class TestSelect:
    def ids(self, solr: pysolr.Solr, query: str = "*:*", **more) -> list[str]:
        return [doc["id"] for doc in solr.search(query, **more)]

    def test_sort(self, pets: pysolr.Solr) -> None:
        assert self.ids(pets, sort="price desc") == ["2", "1", "3"] and self.ids(pets, sort="price asc") == [
            "3",
            "1",
            "2",
        ]
        assert self.ids(pets, sort="title asc") == ["3", "1", "2"] and self.ids(pets, sort="id desc") == ["3", "2", "1"]
        assert self.ids(pets, sort="weight asc, price desc") == ["2", "1", "3"]
        assert self.ids(pets, sort="weight desc,id desc") == ["2", "3", "1"]
        assert self.ids(pets, "title:(cat dog)", sort="score desc, id asc") == ["2", "1"]
        assert self.ids(pets, "title:(cat dog)", sort="score asc") == ["1", "2"]
        assert self.ids(pets, sort="price desc", start=1, rows=1) == ["1"]

    def test_fl(self, pets: pysolr.Solr) -> None:
        assert pets.search("id:1", fl="id").docs == [{"id": "1"}]
        assert pets.search("id:1", fl="id, ti* nothing").docs == [{"id": "1", "title": "cat"}]
        whole = {"id": "1", "title": "cat", "price": 10, "tags": ["pet", "zoo"], "ok": True, "made": "2020-01-01"}
        assert pets.search("id:1").docs == [whole] and pets.search("id:1", fl="*,score").docs == [
            whole | {"score": 1.0}
        ]

    def test_several_filters_and_a_long_query(self, pets: pysolr.Solr) -> None:
        assert self.ids(pets, "*:*", fq=["title:cat", "price:[15 TO *]"]) == ["2"]
        assert self.ids(pets, "title:(" + "cat " * 500 + ")", fq="-title:dog") == ["1"]  # pysolr sends it as a form

    def test_highlighting(self, pets: pysolr.Solr) -> None:
        marked = pets.search("title:(ca* AND dgo~) -tags:zoo", hl=True, **{"hl.fl": "title,tags"}).highlighting
        assert marked == {"2": {"title": ["<em>cat</em> <em>dog</em>"]}}

    @pytest.mark.parametrize("more", [
        {"facet": "true"}, {"facet.field": "tags"}, {"defType": "edismax"}, {"qf": "title"}, {"mm": "100%"},
        {"group": "true"}, {"wt": "xml"},
        {"q.op": "XOR"}, {"rows": "ten"}, {"start": -1}, {"sort": "price"}, {"sort": "absent asc"},
        {"sort": "price up"}, {"sort": "sum(price,1) asc"},
        {"fl": "x:title"}, {"fl": "sum(price,1)"}, {"fl": "[explain]"}, {"hl": "maybe"}, {"hl.method": "unified"},
        {"cursorMark": "*"}, {"rows": [1, 2]},
        {"debug": "true"}, {"qt": "/query"}, {"timeAllowed": 5},
    ])  # fmt: skip
    def test_parameters_that_are_not_served_are_refused(self, pets: pysolr.Solr, more: dict) -> None:
        name, value = next(iter(more.items()))
        with pytest.raises(pysolr.SolrError, match=f"{re.escape(name)}|{re.escape(str(value))}"):
            pets.search("*:*", **more)

    def test_only_adding_makes_a_core(self, server: SearchServer, ask, tmp_path) -> None:
        absent = pysolr.Solr(f"{server.url}/solr/absent", always_commit=True)
        for call in (
            lambda: absent.search("*:*"),
            absent.ping,
            lambda: absent.delete(q="*:*"),
            absent.commit,
            lambda: absent.add([{"x": 1}]),
        ):
            with pytest.raises(pysolr.SolrError):
                call()
        assert list(tmp_path.iterdir()) == []
        assert (
            ask("GET", "/solr/absent/schema")[0] == 400
            and ask("POST", "/solr/absent/select", {"query": "*:*"})[0] == 404
        )


class TestUpdate:
    def test_delete_by_query_deletes_what_the_query_finds(self, server: SearchServer) -> None:
        solr = pysolr.Solr(f"{server.url}/solr/c", always_commit=True)
        solr.add([{"id": "k1", "title": "keep me"}, {"id": "k2", "title": "drop me"}])
        solr.delete(q="title:me AND title:drop")
        assert [doc["id"] for doc in solr.search("*:*")] == ["k1"]

    def test_delete_by_query_sees_what_is_not_committed(self, server: SearchServer) -> None:
        solr = pysolr.Solr(f"{server.url}/solr/c")
        solr.add([{"id": "1", "t": "cat"}])
        solr.delete(q="*:*", commit=True)
        assert solr.search("*:*").hits == 0

    def test_atomic_updates(self, own_pets: pysolr.Solr) -> None:
        def document() -> dict:
            return own_pets.search("id:2").docs[0]

        own_pets.add([{"id": "2", "price": {"set": 99}}])
        assert document() == {"id": "2", "title": "cat dog", "price": 99, "tags": "pet", "ok": False, "weight": 1.5}
        own_pets.add(
            [
                {
                    "id": 2,
                    "price": {"inc": -9},
                    "tags": {"add": ["zoo", "pet"]},
                    "weight": {"set": None},
                    "new": {"inc": 1},
                }
            ]
        )
        assert document() == {
            "id": "2",
            "title": "cat dog",
            "price": 90,
            "tags": ["pet", "zoo", "pet"],
            "ok": False,
            "new": 1,
        }
        own_pets.add([{"id": "2", "tags": {"remove": "pet", "add-distinct": ["zoo", "farm"]}, "title": "horse"}])
        assert document() == {"id": "2", "title": "horse", "price": 90, "tags": ["zoo", "farm"], "ok": False, "new": 1}
        assert (
            found(own_pets, "tags:farm") == "2"
            and found(own_pets, "tags:pet") == "1"
            and found(own_pets, "price:90") == "2"
        )
        own_pets.add([{"id": "2", "price": 1}], fieldUpdates={"price": "set"})
        assert document()["title"] == "horse" and document()["price"] == 1
        own_pets.add([{"id": "4", "price": {"inc": 2}}, {"id": "4", "price": {"inc": 3}}], commit=False)
        own_pets.add([{"id": "4", "price": {"inc": 4}}])
        assert own_pets.search("id:4").docs == [{"id": "4", "price": 9}]

    @pytest.mark.parametrize("second", [
        {"id": "2", "price": {"mul": 2}}, {"id": "2", "title": {"inc": 2}}, {"id": "2", "price": {"inc": "2"}},
        {"title": "no id"}, {"id": True}, {"id": ""},
        {"id": None}, {"id": "2", "price": "cheap"}, {"id": "2", "price": {"set": "cheap"}},
        {"id": "9", "parts": [{"id": "10"}]}, {"id": "2", "_version_": 1},
    ])  # fmt: skip
    def test_what_cannot_be_added_changes_nothing(self, own_pets: pysolr.Solr, second: dict) -> None:
        before = own_pets.search("*:*", sort="id asc").docs
        with pytest.raises(pysolr.SolrError):
            own_pets.add([{"id": "1", "title": "new", "fresh": 1}, second])
        own_pets.commit()
        assert own_pets.search("*:*", sort="id asc").docs == before
        with pytest.raises(pysolr.SolrError, match="undefined field fresh"):
            own_pets.search("fresh:1")

    @pytest.mark.parametrize("body", [
        b"<delete><id>1</id><query>title:</query></delete>", b"<delete><id>1</id><ids>2</ids></delete>",
        b"<delete><id>1</id><query/></delete>",
        b"<delete fromPending='true'><id>1</id></delete>", b"<optimize/>", b"<rollback/>", b"<add><doc/></add>",
        b"<commit softCommit='true'/>", b"nothing",
    ])  # fmt: skip
    def test_commands_that_are_not_served_change_nothing(self, own_pets: pysolr.Solr, ask, body: bytes) -> None:
        status, content = ask("POST", "/solr/pets/update?commit=true", body, "text/xml")
        assert status == 400 and content["error"]["msg"] and own_pets.search("*:*").hits == 3

    def test_ids_stay_as_they_are(self, server: SearchServer) -> None:
        solr, odd = (
            pysolr.Solr(f"{server.url}/solr/a%20b", always_commit=True),
            ["a b", "a%20b", "a+b", "a/b", "ü", "x:y", "*", 'q"q'],
        )
        solr.add([{"id": doc_id} for doc_id in odd])
        for doc_id in odd:
            escaped = doc_id.replace('"', '\\"')
            assert [doc["id"] for doc in solr.search(f'id:"{escaped}"')] == [doc_id]
        solr.delete(id=["a b", "*"])
        assert {doc["id"] for doc in solr.search("*:*")} == set(odd) - {"a b", "*"}
