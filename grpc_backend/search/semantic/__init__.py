"""Questions in plain words: what a symbol says, as words and as a direction in the space of word vectors.

`words.py` splits, `texts.py` gathers what a symbol says, `model.py` has the vectors, `block.py` and `segment.py`
keep what is derived of a content, `ranker.py` answers. The way it is trained and measured is in
tools/semantic/README.md.
"""
