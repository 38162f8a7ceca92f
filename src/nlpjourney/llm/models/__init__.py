"""The published architectures, each a short file over the shared blocks."""

from nlpjourney.llm.llama_config import LlamaConfig
from nlpjourney.llm.models.auto import architecture, load_decoder, load_model
from nlpjourney.llm.models.bert import Bert, BertConfig
from nlpjourney.llm.models.causal import CausalLM
from nlpjourney.llm.models.deepseek import Deepseek, DeepseekConfig
from nlpjourney.llm.models.gpt2 import GPT2, GPT2Config
from nlpjourney.llm.models.jamba import Jamba, JambaConfig
from nlpjourney.llm.models.llama import Llama
from nlpjourney.llm.models.mamba import Mamba, MambaConfig
from nlpjourney.llm.models.mixtral import Mixtral, MixtralConfig
from nlpjourney.llm.models.palm import PaLM, PaLMConfig
from nlpjourney.llm.models.pretrained import PretrainedModel
from nlpjourney.llm.models.t5 import T5
from nlpjourney.llm.models.t5_config import T5Config

__all__ = [
    "GPT2",
    "T5",
    "Bert",
    "BertConfig",
    "CausalLM",
    "Deepseek",
    "DeepseekConfig",
    "GPT2Config",
    "Jamba",
    "JambaConfig",
    "Llama",
    "LlamaConfig",
    "Mamba",
    "MambaConfig",
    "Mixtral",
    "MixtralConfig",
    "PaLM",
    "PaLMConfig",
    "PretrainedModel",
    "T5Config",
    "architecture",
    "load_decoder",
    "load_model",
]
