import pytest

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.syntax import parsed_by_spacy


@pytest.fixture(scope="session")
def parsed_news():
    """Eighty texts of the news, parsed by spaCy: some seconds, for all tests that need them."""
    try:
        return parsed_by_spacy(corpora.lee_news()[0][:80])
    except assets.AssetError as error:
        pytest.skip(str(error))
