"""The rated sentences of VADER's paper as labelled texts, for tests of classifiers."""

import tarfile

from nlpjourney import assets
from nlpjourney.assets.corpora import Document


def rated_sentences() -> list[Document]:
    """Each sentence, labelled by the sign of its mean rating; those rated 0 are left out."""
    found = []
    with tarfile.open(assets.path("rated-sentences")) as archive:
        for member in sorted(archive.getnames()):
            if member.endswith("_GroundTruth.txt"):
                file = archive.extractfile(member)
                assert file is not None
                for line in file.read().decode("utf-8", "replace").splitlines():
                    parts = line.split("\t")
                    if len(parts) == 3 and float(parts[1]):
                        found.append(Document(parts[2], "praise" if float(parts[1]) > 0 else "blame"))
    return found
