"""Real text, ready to use: each function reads one asset of the catalog (fetching it on first use).

Texts come back as ordinary strings in a fixed order, the same on every machine. One module a data set.
"""

from nlpjourney.assets.corpora.bbc import bbc_news
from nlpjourney.assets.corpora.chatterbot import dialogues
from nlpjourney.assets.corpora.django_documentation import django_docs
from nlpjourney.assets.corpora.django_translations import django_languages, django_messages
from nlpjourney.assets.corpora.english import english_text
from nlpjourney.assets.corpora.fairy_tales import tales
from nlpjourney.assets.corpora.lee import lee_news
from nlpjourney.assets.corpora.orange_table import Document
from nlpjourney.assets.corpora.reuters_r52 import reuters
from nlpjourney.assets.corpora.sarcastic_headlines import headlines
from nlpjourney.assets.corpora.shakespeare_works import shakespeare
from nlpjourney.assets.corpora.sms_spam import sms_spam
from nlpjourney.assets.corpora.trec import trec_questions
from nlpjourney.assets.corpora.twenty_newsgroups import newsgroups
from nlpjourney.assets.corpora.vader_ratings import RatedSentence, rated_sentences
from nlpjourney.assets.corpora.wikipedia_sample import wikipedia

__all__ = [
    "Document", "RatedSentence", "bbc_news", "dialogues", "django_docs", "django_languages", "django_messages", "english_text",
    "headlines", "lee_news", "newsgroups", "rated_sentences", "reuters", "shakespeare", "sms_spam", "tales", "trec_questions",
    "wikipedia",
]  # fmt: skip
