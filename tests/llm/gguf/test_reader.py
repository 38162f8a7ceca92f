"""Reading and writing GGUF files, against the gguf package, and with broken and hostile files."""

import struct

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpjourney.llm.gguf import GGMLType, GGUFError, GGUFFile, TensorToWrite, requantize, write_gguf
from nlpjourney.llm.gguf.quantize import quantize

METADATA = {
    "general.architecture": "test", "text": "naïve 🦙", "empty": "", "yes": True, "no": False, "count": 7, "below": -5,
    "part": 0.25,
    "long": np.uint64(1 << 40), "tokens": ["a", "", "Ġb", "\udcff"], "types": np.array([1, 2, 3], np.int32),
    "scores": np.array([-1.5, 0.0], np.float32), "flags": np.array([True, False]), "none": np.zeros(0, np.float32),
}  # fmt: skip


def tensor(name, numbers, type_):
    numbers = np.asarray(numbers, np.float32)
    return TensorToWrite(name, numbers.shape, type_, lambda: quantize(numbers, type_))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A small file with all kinds of values and all types of tensor."""
    path = tmp_path_factory.mktemp("gguf") / "sample.gguf"
    rng = np.random.default_rng(0)
    tensors = [tensor(t.name, rng.standard_normal((3, 256)), t) for t in GGMLType]
    tensors += [tensor("vector", [1, 2, 3], GGMLType.F32), tensor("cube", np.ones((2, 3, 4)), GGMLType.F16)]
    write_gguf(path, METADATA, tensors)
    return path


def same(a, b):
    return np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype if isinstance(a, np.ndarray) else a == b


def test_what_is_written_is_read(sample):
    file = GGUFFile(sample)
    assert file.metadata.keys() == METADATA.keys()
    for key, value in METADATA.items():
        assert same(file.metadata[key], value), key
    assert file.tensors["cube"].shape == (2, 3, 4) and file.tensor("vector").tolist() == [1, 2, 3]


def test_the_gguf_package_reads_the_same(sample):
    ours, theirs = GGUFFile(sample), gguf.GGUFReader(sample)
    for key, value in METADATA.items():
        if key not in ("tokens", "none"):  # it refuses lone bytes, and empty arrays
            found = theirs.get_field(key).contents()
            assert np.array_equal(found, value), key
    assert {t.name for t in theirs.tensors} == set(ours.tensors)
    for t in theirs.tensors:
        info = ours.tensors[t.name]
        assert tuple(reversed(t.shape.tolist())) == info.shape and t.tensor_type.name == info.type.name
        assert np.array_equal(np.asarray(t.data).view(np.uint8).reshape(-1), ours.raw(t.name))
        expected = gguf.quants.dequantize(np.asarray(t.data), t.tensor_type).reshape(info.shape)
        assert np.array_equal(ours.tensor(t.name), expected)


def test_reads_what_the_gguf_package_writes(tmp_path):
    path = tmp_path / "theirs.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint32("answer", 42)
    writer.add_token_list(["a", "ö"])
    writer.add_custom_alignment(64)
    weights = np.arange(128, dtype=np.float32).reshape(4, 32)
    writer.add_tensor("plain", weights)
    q8_0 = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor("packed", gguf.quants.quantize(weights, q8_0), raw_dtype=q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = GGUFFile(path)
    assert file.metadata["answer"] == 42 and file.metadata["tokenizer.ggml.tokens"] == ["a", "ö"]
    assert np.array_equal(file.tensor("plain"), weights) and np.abs(file.tensor("packed") - weights).max() < 1
    assert file.tensors["packed"].start % 64 == 0


def test_tensors_are_not_copied(sample):
    raw = GGUFFile(sample).raw("F32")
    assert not raw.flags.owndata and not raw.flags.writeable


def test_unknown_tensor_names_what_there_is(sample):
    with pytest.raises(KeyError, match="no tensor 'nothing'; it has F32"):
        GGUFFile(sample).tensor("nothing")


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.gguf"
    write_gguf(path, {"version": "old"}, [])
    bad = TensorToWrite("t", (4,), GGMLType.F32, lambda: np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="came with 3 bytes, its shape and type need 16"):
        write_gguf(path, {}, [bad])
    with pytest.raises(TypeError, match="'x': a dict cannot be written"):
        write_gguf(path, {"x": {}}, [])
    assert GGUFFile(path).metadata == {"version": "old"} and list(tmp_path.iterdir()) == [path]


def text(value):
    return struct.pack("<Q", len(value)) + value


def header(n_tensors, n_keys, version=3):
    return b"GGUF" + struct.pack("<IQQ", version, n_tensors, n_keys)


def info(name=b"t", dims=(32,), type_=0, offset=0):
    return text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, type_, offset)


HOSTILE = {
    "empty": (b"", "fewer than its header"),
    "another format": (b"PK\x03\x04" + bytes(100), "it starts with"),
    "old version": (header(0, 0, version=1), "version 1 is not supported"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "countless tensors": (header(1 << 62, 0), "tensors cannot be in the 8 bytes"),
    "countless keys": (header(0, (1 << 64) - 1), "metadata entries cannot be"),
    "huge key": (header(0, 1) + struct.pack("<Q", 1 << 60) + bytes(50), "more than 65,536"),
    "huge text": (header(0, 1) + text(b"k") + struct.pack("<IQ", 8, 1 << 60) + bytes(50), "needs 1,152,921,504,606"),
    "huge array": (header(0, 1) + text(b"k") + struct.pack("<IIQ", 9, 6, 1 << 61) + bytes(50), "numbers of 'k' cannot be"),
    "huge list": (header(0, 1) + text(b"k") + struct.pack("<IIQ", 9, 8, 1 << 61) + bytes(50), "strings of 'k' cannot be"),
    "array of arrays": (header(0, 1) + text(b"k") + struct.pack("<IIQ", 9, 9, 1) + bytes(50), "array of type 9"),
    "unknown value type": (header(0, 1) + text(b"k") + struct.pack("<I", 77) + bytes(50), "value type 77"),
    "key twice": (header(0, 2) + 2 * (text(b"k") + struct.pack("<II", 4, 1)) + bytes(9), "stands twice"),
    "bad alignment": (header(0, 1) + text(b"general.alignment") + struct.pack("<II", 4, 3) + bytes(9), "power of two"),
    "no alignment": (header(0, 1) + text(b"general.alignment") + struct.pack("<II", 4, 0) + bytes(9), "power of two"),
    "no dimensions": (header(1, 0) + info(dims=()) + bytes(99), "0 dimensions"),
    "five dimensions": (header(1, 0) + info(dims=(1,) * 5) + bytes(99), "5 dimensions"),
    "unknown tensor type": (header(1, 0) + info(type_=99) + bytes(999), "tensor type 99"),
    "half a block": (header(1, 0) + info(dims=(33,), type_=8) + bytes(999), "no multiple of Q8_0's 32"),
    "overflowing shape": (header(1, 0) + info(dims=(1 << 40, 1 << 40)) + bytes(999), "cut short or damaged"),
    "offset past the end": (header(1, 0) + info(offset=1 << 62) + bytes(999), "cut short or damaged"),
    "crooked offset": (header(1, 0) + info(offset=5) + bytes(999), "no multiple of the alignment"),
    "tensor twice": (header(2, 0) + info() + info() + bytes(999), "stands twice"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(tmp_path, name):
    data, message = HOSTILE[name]
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(GGUFError, match=message):
        GGUFFile(path)


def read_all(path):
    file = GGUFFile(path)
    for name in file.tensors:
        file.tensor(name)
    return file


def test_every_truncation_is_noticed(sample, tmp_path):
    data = sample.read_bytes()
    path = tmp_path / "cut.gguf"
    end = max(t.start + t.nbytes for t in GGUFFile(sample).tensors.values())
    head = min(t.start for t in GGUFFile(sample).tensors.values())
    for length in [*range(head), *range(head, end, 997), end - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(GGUFError):
            read_all(path)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8))
def test_damage_gives_an_error_or_numbers(sample, tmp_path_factory, changes):
    data = bytearray(sample.read_bytes())
    head = min(t.start for t in GGUFFile(sample).tensors.values())
    for at, value in changes:
        data[at % head] = value
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(data)
    try:
        with np.errstate(all="ignore"):
            file = read_all(path)
    except GGUFError:
        return
    for t in file.tensors.values():
        assert 0 <= t.start <= t.start + t.nbytes <= len(data)


def in_parts(folder, n_parts_of=2, count=6):
    """A model of some tensors in several files, as the gguf package splits it."""
    writer = gguf.GGUFWriter(folder / "model.gguf", "llama", split_max_tensors=n_parts_of)
    writer.add_uint32("answer", 42)
    rng = np.random.default_rng(3)
    for i in range(count):
        writer.add_tensor(f"t{i}", rng.standard_normal((2, 32)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(folder.glob("model-*.gguf"))


def test_a_model_in_several_files(tmp_path):
    parts = in_parts(tmp_path)
    assert [part.name for part in parts] == [f"model-0000{i}-of-00003.gguf" for i in (1, 2, 3)]
    file = GGUFFile(parts[0])
    assert file.metadata["answer"] == 42 and list(file.tensors) == [f"t{i}" for i in range(6)]
    rng = np.random.default_rng(3)
    for name in file.tensors:
        np.testing.assert_array_equal(file.tensor(name), rng.standard_normal((2, 32)).astype(np.float32))
    whole = tmp_path / "whole.gguf"
    requantize(parts[0], whole, GGMLType.F32)
    one = GGUFFile(whole)
    assert one.metadata["answer"] == 42 and not any(key.startswith("split.") for key in one.metadata)
    for name in file.tensors:
        np.testing.assert_array_equal(one.tensor(name), file.tensor(name))


def test_parts_that_do_not_make_a_model_are_refused(tmp_path):
    first, second, third = in_parts(tmp_path)
    with pytest.raises(GGUFError, match=r"is part 2 of 3 of a model: open the first part, -00001-of-00003.gguf"):
        GGUFFile(second)
    data, more = first.read_bytes(), third.read_bytes()
    (tmp_path / "renamed.gguf").write_bytes(data)
    with pytest.raises(GGUFError, match=r"is part 1 of 3 of a model: to find the others, it must be named"):
        GGUFFile(tmp_path / "renamed.gguf")
    third.write_bytes(second.read_bytes())
    with pytest.raises(GGUFError, match=r"00003-of-00003.gguf, before byte [\d,]+: split.no is 1, expected 2"):
        GGUFFile(first)
    third.write_bytes(more[:-100])
    with pytest.raises(GGUFError, match=r"00003-of-00003.gguf.* cut short or damaged"):
        GGUFFile(first)
    third.unlink()
    with pytest.raises(
        GGUFError, match=r"is part 1 of 3 of a model; part 3, model-00003-of-00003.gguf, is not beside it"
    ):
        GGUFFile(first)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"split.count": "two"}, "split.count is 'two', expected a whole number"),
        ({"split.count": np.uint64(1 << 60)}, "split.count is 1152921504606846976, expected"),
        ({"split.count": 2, "split.no": -1}, "split.no is -1, expected"),
        ({"split.tensors.count": 5}, "the parts hold 0 tensors, the first speaks of 5"),
    ],
)
def test_nonsense_about_parts_is_refused(tmp_path, metadata, said):
    write_gguf(tmp_path / "a-00001-of-00002.gguf", metadata, [])
    with pytest.raises(GGUFError, match=said):
        GGUFFile(tmp_path / "a-00001-of-00002.gguf")


def test_the_same_tensor_in_two_parts_is_refused(tmp_path):
    for i in range(2):
        keys = {"split.count": 2, "split.no": i}
        write_gguf(tmp_path / f"a-0000{i + 1}-of-00002.gguf", keys, [tensor("t", np.ones(3), GGMLType.F32)])
    with pytest.raises(GGUFError, match="the tensor 't' stands in an earlier part, too"):
        GGUFFile(tmp_path / "a-00001-of-00002.gguf")


NUMBERS = {
    "n_parameters": np.uint64(6_738_415_616), "below": np.int64(-5_000_000_000), "u8": np.uint8(3), "i8": np.int8(-3),
    "u16": np.uint16(3), "i16": np.int16(-3), "u32": np.uint32(3), "i32": np.int32(3), "u64": np.uint64(3), "i64": np.int64(3),
    "f32": np.float32(0.1), "f64": np.float64(0.1), "yes": True, "text": "3", "u8s": np.array([1, 2], np.uint8),
    "i64s": np.array([1, -2], np.int64), "f64s": np.array([0.1]), "flags": np.array([True]), "none": [],
}  # fmt: skip


def test_requantizing_keeps_the_types_of_numbers(tmp_path):
    write_gguf(tmp_path / "a.gguf", NUMBERS, [tensor("t", np.ones((1, 32)), GGMLType.F32)])
    requantize(tmp_path / "a.gguf", tmp_path / "b.gguf", GGMLType.Q8_0)
    before, after = gguf.GGUFReader(tmp_path / "a.gguf"), gguf.GGUFReader(tmp_path / "b.gguf")
    for key, value in NUMBERS.items():
        if key == "none":
            continue  # the reference cannot read an empty list
        a, b = before.get_field(key), after.get_field(key)
        assert a.types == b.types and a.contents() == b.contents(), key
        assert np.array_equal(b.contents(), value), key
    assert GGUFFile(tmp_path / "b.gguf").metadata["none"] == []
