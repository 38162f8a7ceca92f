"""The garbage collector rests for a while and is afterwards as it was before."""

import gc

import pytest

from nlpjourney.text.garbage import collector_rests


def test_it_rests_and_comes_back_after_errors_too():
    assert gc.isenabled()
    with pytest.raises(KeyError), collector_rests():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_one_that_was_off_stays_off():
    gc.disable()
    try:
        with collector_rests():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
