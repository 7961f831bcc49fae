"""Small, exactly dense instances of DiffusionGemma's class, and checkpoints of them on disk.

The class always has a mixture of experts and a vision tower. Here the mixture is one expert of width 8 whose branch is
multiplied by a zero gain and never computed, and the tower is the smallest that the class accepts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, Gemma4VisionConfig

from engine.diffusion.checkpoint import CARD, CONFIG, TOKENIZER, WEIGHTS
from engine.diffusion.linear import Precision
from engine.diffusion.prompt import BOS, EOS, PAD, WIDE_SLOT
from engine.diffusion.storage import packed, unpacked
from engine.protocol import EngineError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOE_WIDTH = 8


@dataclass(frozen=True)
class Size:
    """The shape of a checkpoint."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    head_dim: int = 64
    full_every: int = 3
    window: int = 512
    """Tokens that a sliding layer looks back."""


SIZES = {
    "nano-test": Size(hidden=32, layers=2, heads=2, kv_heads=1, intermediate=64, head_dim=16),
    "nano-3m": Size(hidden=256, layers=4, heads=4, kv_heads=2, intermediate=768),
    "nano-5m": Size(hidden=256, layers=6, heads=4, kv_heads=2, intermediate=768),
    "nano-30m": Size(hidden=512, layers=9, heads=8, kv_heads=2, intermediate=1536),
}


def configuration(size: Size, vocabulary: int) -> Any:
    """The class's configuration of a size, for a vocabulary of so many tokens."""
    kinds = [
        "full_attention"
        if layer % size.full_every == size.full_every - 1 or layer == size.layers - 1
        else "sliding_attention"
        for layer in range(size.layers)
    ]
    ends: dict[str, Any] = {"pad_token_id": PAD, "eos_token_id": EOS, "bos_token_id": BOS}
    text = {
        "vocab_size": vocabulary,
        "hidden_size": size.hidden,
        "intermediate_size": size.intermediate,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "num_global_key_value_heads": size.kv_heads,
        "head_dim": size.head_dim,
        # Defaults to 512, whatever head_dim is.
        "global_head_dim": size.head_dim,
        "max_position_embeddings": 4096,
        "sliding_window": size.window,
        "layer_types": kinds,
        "num_experts": 1,
        "top_k_experts": 1,
        "moe_intermediate_size": MOE_WIDTH,
        **ends,
    }
    # Leaving the tower out builds one of 168 million parameters.
    vision = Gemma4VisionConfig(
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
        patch_size=4,
        position_embedding_size=4,
    )
    return DiffusionGemmaConfig(
        text_config=text,
        vision_config=vision,
        canvas_length=WIDE_SLOT,
        **ends,
    )


def build(size: Size, vocabulary: int) -> Any:
    """A freshly initialised, exactly dense model; seed torch before."""
    model = DiffusionGemmaForBlockDiffusion(configuration(size, vocabulary))
    initialise(model)
    densify(model)
    return model


def densify(model: Any) -> None:
    """Switch the mixture of experts off: its branch has a zero gain, so skipping it changes no output."""
    model.set_experts_implementation("eager")
    for stack in (model.model.encoder.language_model.layers, model.model.decoder.layers):
        for layer in stack:
            layer.post_feedforward_layernorm_2.weight.data.zero_()
            for norm in (layer.pre_feedforward_layernorm_2, layer.post_feedforward_layernorm_2):
                norm.weight.requires_grad_(False)
            layer.router.forward = _no_routing
            layer.experts.forward = _no_expert
    for name, parameter in model.named_parameters():
        if any(part in name for part in ("experts", "router", "vision")):
            parameter.requires_grad_(False)


def _no_routing(hidden: torch.Tensor) -> tuple[None, None, None]:
    return None, None, None


def _no_expert(hidden: torch.Tensor, index: None, weights: None) -> torch.Tensor:
    return torch.zeros_like(hidden)


def initialise(model: Any) -> None:
    """Scale the start so that a short training begins well."""
    depth = (2 * model.config.text_config.num_hidden_layers) ** -0.5
    for layer in model.model.decoder.layers:
        attention = layer.self_attn
        # The class scales attention by 1.0: without this, logits start with a deviation of sqrt(head_dim).
        for norm in (attention.q_norm, attention.k_norm):
            norm.weight.data.fill_(attention.head_dim**-0.25)
        attention.o_proj.weight.data.mul_(depth)
        layer.mlp.down_proj.weight.data.mul_(depth)


def parameters(model: Any) -> dict[str, int]:
    """How many parameters there are: `total`, `embedding`, `unused` (vision, experts) and the `dense` rest."""
    seen = {id(parameter): (name, parameter.numel()) for name, parameter in model.named_parameters()}
    total = sum(size for _, size in seen.values())
    embedding = model.model.decoder.embed_tokens.weight.numel()
    unused = sum(s for name, s in seen.values() if any(part in name for part in ("experts", "router", "vision")))
    return {"total": total, "embedding": embedding, "unused": unused, "dense": total - embedding - unused}


def save(
    folder: Path,
    model: Any,
    tokenizer: Tokenizer,
    card: dict[str, Any],
    precision: Precision = Precision.BFLOAT16,
) -> None:
    """Write a checkpoint: weights, tokenizer, configuration and card."""
    folder.mkdir(parents=True, exist_ok=True)
    # Encoder and decoder share their weights; each tensor is stored once.
    save_file(packed(model.state_dict(), precision), str(folder / WEIGHTS))
    tokenizer.save(str(folder / TOKENIZER))
    model.config.save_pretrained(folder)
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(folder: Path, device: str = "cpu") -> tuple[Any, Tokenizer, dict[str, Any]]:
    """The model in float32 and evaluation mode, its tokenizer and its card.

    Raises `EngineError` when the folder holds no whole checkpoint.
    """
    from tokenizers import Tokenizer

    missing = [name for name in (WEIGHTS, TOKENIZER, CONFIG, CARD) if not (folder / name).is_file()]
    if missing:
        raise EngineError(f"{folder}: expected a checkpoint, found no {', '.join(missing)}")
    model: Any = DiffusionGemmaForBlockDiffusion(DiffusionGemmaConfig.from_pretrained(folder))
    densify(model)
    unexpected = model.load_state_dict(unpacked(load_file(str(folder / WEIGHTS))), strict=False).unexpected_keys
    if unexpected:
        raise EngineError(f"{folder / WEIGHTS}: found tensors that the class doesn't have: {', '.join(unexpected[:3])}")
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return model.to(device).eval(), Tokenizer.from_file(str(folder / TOKENIZER)), card
