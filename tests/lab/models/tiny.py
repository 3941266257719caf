"""A model that needs no download: a random two-layer Llama with a byte-level tokenizer.

Run in the vLLM image as `python3 tiny.py DIR`: leaves the model in DIR, the same each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch  # type: ignore[import-not-found]  # these three are the image's
from tokenizers import (  # type: ignore[import-not-found]
    Tokenizer,
    decoders,
    models,
    pre_tokenizers,
    trainers,
)
from transformers import (  # type: ignore[import-not-found]
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

SEED = 20
SPREAD = 128
BEGIN = "<s>"
END = "</s>"
CONTEXT = 512
TEXT = """Slurm starts a job on the nodes that it allots, and the job starts a container there.
The container serves a model; a client asks it for text, one token after another.
What was asked, what was answered, and how long both took are counted as metrics.
"""
CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    """Every byte a token, and some pairs of them that TEXT has often."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([TEXT], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=BEGIN,
        eos_token=END,
        model_max_length=CONTEXT,
        chat_template=CHAT,
    )


def llama(words: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Two layers of hidden size 256 with four heads: the least that vLLM's kernels take."""
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        dtype="float32",
    )
    model = LlamaForCausalLM(config)
    torch.manual_seed(SEED)
    for weights in model.parameters():
        if weights.dim() > 1:  # drawn as whole numbers: a CPU's own arithmetic rounds differently
            weights.data = torch.randint(-SPREAD, SPREAD + 1, weights.shape) / 4096
    return model


def main(directory: Path) -> None:
    """Leave the model and its tokenizer in `directory`, where everyone may read them."""
    words = tokenizer()
    words.save_pretrained(directory)
    llama(words).save_pretrained(directory)
    for path in directory.iterdir():
        path.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
