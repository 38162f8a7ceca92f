"""KenLM: it reads an ARPA file that we wrote, and gives every word of the test plays the same probability and the same n-gram."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import kenlm

from nlpjourney.tasks.language_models import NGramModel, prune, read_arpa, write_arpa
from nlpjourney.tasks.language_models.split import shakespeare_split

text = shakespeare_split()
training, test = ([line for line in part.split("\n") if line] for part in (text.training, text.test))

n_words, largest = 0, 0.0
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "model.arpa"
    whole = NGramModel(5).fit(training)
    for model in (whole, prune(NGramModel(3, "katz").fit(training), 1e-7)):
        write_arpa(model, file)
        theirs, ours = kenlm.Model(str(file)), read_arpa(file)
        assert theirs.order == ours.order
        for line in [*test, "", "zzz qqq", "naïve ☃ \u00a0 x"]:
            each, found = list(theirs.full_scores(line)), ours.full_scores(line)
            assert len(each) == len(found)
            for (score, length, unknown), word in zip(each, found):
                # KenLM fills up the n-grams that a pruned file lacks, and counts those.
                assert length == word.length or unknown or model is not whole, (line, word)
                largest = max(largest, abs(score - word.score))
                n_words += 1
        assert abs(theirs.score(test[5]) - ours.score(test[5])) < 1e-5
assert largest < 1e-6, largest

print(
    json.dumps(
        {
            "version": version("kenlm"),
            "result": f"two ARPA files of ours, {n_words:,} words of two plays: log10 P differ by at most {largest:.1e}",
        }
    )
)
