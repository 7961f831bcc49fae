"""Learns a byte-level vocabulary whose tokens are pieces of names, indents and punctuation."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from engine.diffusion.prompt import SPECIAL_TOKENS

VOCABULARY = 6144
_KEYWORDS = (
    "return|if|in|not|and|or|for|is|def|class|import|from|else|elif|with|as|raise|yield|await|async|lambda|while"
    "|except|assert|del"
)
_PIECES = (
    r"\n+ *"  # the indent belongs to the line's end
    rf"|\b(?:{_KEYWORDS}) "
    r"|_*[A-Z]+(?![a-z])|_*[A-Z]?[a-z]+"  # a word of snake_case or camelCase, with the underscore before it
    r"|[0-9]{1,2}"
    r"| ?[^\sA-Za-z0-9_]+ ?"  # punctuation takes the spaces around it, so that a name is the same token everywhere
    r"|_+| +|\s+"
)


def learn(texts: Iterable[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    """A tokenizer with the special tokens of prompts at the ids that `engine.diffusion.prompt` states."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        max_token_length=16,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
