import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

CORPUS = """
def load_rows(path, limit): return [parse_row(line) for line in read_lines(path)[:limit]]
class Order: total = price * quantity; is_open = has_items and not self.closed
def _render_invoice(order, width, height): return template.format(order.name, order.total)
""".splitlines()


@pytest.fixture(scope="session", autouse=True)
def _torch():
    """One thread: tiny models compute less than what threads cost. Memory that nobody wrote reads as NaN."""
    try:
        import torch
    except ImportError:
        yield
        return
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """A whole checkpoint with random weights and a tokenizer of a few hundred tokens."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    from engine.diffusion.configuration import SIZES, build, save
    from engine.diffusion.prompt import SPECIAL_TOKENS

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIAL_TOKENS, initial_alphabet=sorted(alphabet))
    tokenizer.train_from_iterator(CORPUS, trainer)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoint")
    save(folder, build(SIZES["nano-test"], tokenizer.get_vocab_size()), tokenizer, {"noise": "uniform", "budget": 256})
    return folder


TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture(scope="session")
def gemma_checkpoint(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as the hub would hold it: with the class's own layout, a chat template, in several shards."""
    from transformers import PreTrainedTokenizerFast

    from engine.diffusion.configuration import load

    model, tokenizer, _ = load(tiny_checkpoint)
    # Words are loud, so that what random weights write are mostly names.
    words = [at for text, at in tokenizer.get_vocab().items() if text.isascii() and text.isalpha()]
    model.model.decoder.embed_tokens.weight.data[words] *= 4
    folder = tmp_path_factory.mktemp("gemma")
    model.save_pretrained(folder, max_shard_size="60KB")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    return folder


def letters(**special):
    """A tokenizer over letters alone: whatever a model writes with it is a name."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    known = {letter: at for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
    tokenizer = Tokenizer(models.BPE({**known, "?": 26}, [], unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


SIZES = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="session")
def make_causal(tmp_path_factory):
    """Tiny causal models with random weights."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import LlamaConfig, LlamaForCausalLM

    def make(*special, template=None):
        tokenizer = letters(eos_token="<eos>")
        tokenizer.add_special_tokens({"additional_special_tokens": list(special)})
        tokenizer.chat_template = template
        torch.manual_seed(1)
        folder = tmp_path_factory.mktemp("causal")
        config = LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=600, **SIZES)
        LlamaForCausalLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def make_masked(tmp_path_factory):
    """Tiny masked models with random weights."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from transformers import BertConfig, BertForMaskedLM

    def make(mask="<mask>"):
        tokenizer = letters(pad_token="<pad>", **({"mask_token": mask} if mask else {}))
        torch.manual_seed(1)
        folder = tmp_path_factory.mktemp("masked")
        config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **SIZES)
        BertForMaskedLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def make_chatting(tmp_path_factory):
    """Models of one layer that always write the same answer: each of its pieces is a token that calls the next one."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    def make(*pieces):
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        tokenizer = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        fast = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>"
        )
        fast.add_special_tokens({"additional_special_tokens": ["<answer>"]})
        fast.add_tokens([AddedToken(piece, normalized=False) for piece in pieces])
        fast.chat_template = TEMPLATE + "<answer>"
        ids = fast.convert_tokens_to_ids(["<answer>", *pieces, "<eos>"])
        width = len(fast) + len(fast) % 2
        config = LlamaConfig(
            vocab_size=len(fast), hidden_size=width, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
            max_position_embeddings=8192, eos_token_id=ids[-1], pad_token_id=fast.pad_token_id, bos_token_id=None,
        )  # fmt: skip
        model = LlamaForCausalLM(config)
        layer = model.model.layers[0]
        with torch.no_grad():
            # Nothing is added to a token's own embedding, so that the last layer sees which token it stands on.
            for weights in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight, model.lm_head.weight):
                weights.zero_()
            model.model.embed_tokens.weight.copy_(torch.eye(len(fast), width))
            for token, following in pairwise(ids):
                model.lm_head.weight[following, token] = 3.0
        folder = tmp_path_factory.mktemp("chatting")
        model.save_pretrained(folder)
        fast.save_pretrained(folder)
        return folder

    return make


class Server(ThreadingHTTPServer):
    """Speaks the protocols as they were recorded, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.answers = {}
        self.failures = []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, body, self.headers))
        status, answer = 200, None
        if self.server.failures:
            status, answer = self.server.failures.pop(0)
        else:
            answer = self.server.answers[self.path](body)
        said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("retry-after", "0")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def lasting_server():
    with serving() as running:
        yield running


def chatted(text, prompt_tokens=100, completion_tokens=20):
    return {
        "choices": [{"message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens},
    }


@pytest.fixture(scope="session")
def chat():
    return chatted
