"""Real sequences: digits read row by row, spoken vowels read frame by frame."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from lrtheory.data.bundled import digits, japanese_vowels

_GRAYEST = 16.0  # of scikit-learn's digits


def digit_rows() -> tuple[Tensor, Tensor]:
    """Images of digits as eight tokens, one a row: unit first tokens, smaller later ones.

    A row of gray levels 0 to 1 is divided by 4, so that its norm is at most 1 / sqrt(2). The first token is
    padded to norm one in a ninth coordinate and ends in 1 / sqrt(2); later tokens end in two zeros.

    Example:
        >>> tokens, labels = digit_rows()
        >>> tuple(tokens.shape), labels[:5].tolist()
        ((1797, 8, 10), [0, 1, 2, 3, 4])
        >>> round(float(tokens[:, 0].norm(dim=-1).min()), 9), bool(tokens.norm(dim=-1).max() < 1 + 1e-9)
        (1.0, True)

    Returns:
        Tokens, shape (1797, 8, 10), and the digits, shape (1797,), int64.

    Cost: the images are read from scikit-learn's files, at every call.

    See Also:
        `vowel_frames`, sequences of different lengths.

    Source: ours; the conditions on first tokens are those of allenzhu2019, section 2.1.
    """
    stored = digits()
    rows = torch.as_tensor(stored.x) / _GRAYEST / math.sqrt(2 * stored.x.shape[1])
    rest = (0.5 - rows[:, 0].square().sum(-1)).clamp_min(0).sqrt()
    tokens = torch.cat([rows, torch.zeros(*rows.shape[:2], 2, dtype=rows.dtype)], -1)
    tokens[:, 0, -2], tokens[:, 0, -1] = rest, math.sqrt(0.5)
    return tokens, torch.as_tensor(stored.y)


def vowel_frames(part: str = "train") -> tuple[list[Tensor], Tensor]:
    """Spoken vowels as sequences of 7 to 29 unit tokens, and who spoke.

    Each frame of 12 coefficients is divided by its norm. A constant coordinate is appended to the first
    token, whose others shrink by sqrt(2); zero to the later ones.

    Example:
        >>> tokens, speakers = vowel_frames()
        >>> len(tokens), min(map(len, tokens)), max(map(len, tokens))
        (270, 7, 26)
        >>> round(float(torch.cat(tokens).norm(dim=-1).min()), 9)  # all are unit tokens
        1.0

    Args:
        part: "train" (270 utterances) or "test" (370).

    Returns:
        List of tensors (length, 13), and the speakers 0 to 8, shape (n,), int64.

    Raises:
        ValueError: another part.

    Cost: the frames are read from the package's files, at every call.

    See Also:
        `digit_rows`, sequences of one length; `every_time` and `last_time` pad these.

    Source: kudo1999; the tokens are ours, to the conditions of allenzhu2019, section 2.1.
    """
    if part not in ("train", "test"):
        raise ValueError(f"part must be one of train, test; got {part!r}")
    stored = japanese_vowels()
    frames = stored.train if part == "train" else stored.test
    speakers = stored.train_speaker if part == "train" else stored.test_speaker
    return [_unit_tokens(utterance) for utterance in frames], torch.as_tensor(speakers)


def _unit_tokens(frames: np.ndarray) -> Tensor:
    unit = torch.nn.functional.normalize(torch.as_tensor(frames), dim=-1)
    tokens = torch.cat([unit, torch.zeros(len(unit), 1, dtype=unit.dtype)], -1)
    tokens[0] /= math.sqrt(2)
    tokens[0, -1] = math.sqrt(0.5)
    return tokens
