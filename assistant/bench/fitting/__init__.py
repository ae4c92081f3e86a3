"""Fitting: the weights of recall from questions whose evidence is known.

What is fitted on is what the product itself measures of the candidates of each question (`asked`). A linear sum and
small trees are fitted to put evidence first (`models`), then what turns their scores into probabilities
(`probability`); `weights` puts all of it together in the form of the weights file. Needs LightGBM (extra `fit`).
"""
