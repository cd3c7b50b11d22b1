import pytest

from uncounted.errors import StoreError
from uncounted.store.codes import CODES
from uncounted.store.passphrase import BITS_PER_WORD, generate_passphrase, normalise_passphrase, word_list


def test_the_words_have_eleven_bits_each():
    words = word_list()
    assert len(words) == len(set(words)) == 2**BITS_PER_WORD
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 7 for word in words)


def test_no_single_typing_error_makes_another_word():
    words = set(word_list())
    for word in words:
        without = {word[:i] + word[i + 1 :] for i in range(len(word))}
        swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)} - {word}
        assert not (without | swapped) & words, word
    # Two words that differ in one letter share a pattern with a gap.
    gaps = [word[:i] + "_" + word[i + 1 :] for word in words for i in range(len(word))]
    assert len(gaps) == len(set(gaps))


def test_phrases_are_six_words_and_differ():
    phrases = [generate_passphrase() for _ in range(200)]
    assert len(set(phrases)) == 200
    assert all(len(p.split(" ")) == 6 and set(p.split(" ")) <= set(word_list()) for p in phrases)
    # 1,200 draws of 2,048 words give about 908 different ones; a stuck generator gives few.
    assert 820 < len({word for p in phrases for word in p.split()}) < 990


def test_blanks_and_compatibility_forms_do_not_matter():
    assert normalise_passphrase(" one  two\tthree\n") == b"one two three"
    assert normalise_passphrase("ｏｎｅ") == b"one"
    assert normalise_passphrase("e\u0301") == normalise_passphrase("é")
    assert normalise_passphrase("One") != normalise_passphrase("one")
    with pytest.raises(StoreError):
        normalise_passphrase(" \n")


def test_codes_are_explained():
    assert sorted(CODES) == [f"T{n:02d}" for n in range(1, 14)]
    assert all(len(text) > 60 and text.endswith(".") for text in CODES.values())
