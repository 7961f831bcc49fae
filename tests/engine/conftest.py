import pytest

CORPUS = """
def load_rows(path, limit): return [parse_row(line) for line in read_lines(path)[:limit]]
class Order: total = price * quantity; is_open = has_items and not self.closed
def _render_invoice(order, width, height): return template.format(order.name, order.total)
""".splitlines()


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
