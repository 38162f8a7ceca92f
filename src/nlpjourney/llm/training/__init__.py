"""Training a language model: pretraining, stories from raw text to a model file, scaling laws."""

from nlpjourney.llm.training.pretrainer import Pretrainer, PretrainingConfig, evaluate, next_token_loss
from nlpjourney.llm.training.scaling import ScalingLaw, fit_scaling_law

__all__ = ["Pretrainer", "PretrainingConfig", "ScalingLaw", "evaluate", "fit_scaling_law", "next_token_loss"]
