"""How the embedded model is made: corpus, tokenizer, hole sampler, training, evaluation, export."""
