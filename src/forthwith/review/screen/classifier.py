"""What the team's own privilege marks say of the documents nobody marked: a classifier's guess.

A linear SVM over words and pairs of words. It learns from people's codings alone and is never the
only reason for more than a weak proposal: the words it goes by may be a matter's names, not advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from forthwith.review.screen.proposals import Reason, Signal

#: Fewer marks of either kind teach nothing.
LEAST_MARKED = 8
#: Characters of a text that are learned from.
_MOST = 20_000
#: Words told of a guess.
_SHOWN = 3
#: Of the documents nobody marked, at most so many (of all) are guessed at: the likeliest.
_SHARE = 0.2
_WEIGHT = 0.6


def guesses(
    texts: Mapping[str, str], privileged: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[str, Reason]]:
    """Yield control and reason of what looks like what the team marked privileged.

    `privileged` and `others` were coded so by people. Yields nothing where fewer than
    `LEAST_MARKED` are of either kind, or scikit-learn is not installed.
    """
    if min(len(privileged), len(others)) < LEAST_MARKED:
        return
    try:
        # Of the extra `room`; and it takes long.
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC
    except ImportError:
        return
    known = [*privileged, *others]
    rest = [control for control in texts if control not in set(known)]
    if not rest:
        return
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), max_df=0.95, min_df=2, max_features=200_000
    )
    try:
        learned = vectorizer.fit_transform(texts[control][:_MOST] for control in known)
    except ValueError:
        # No word stands in two of them.
        return
    model = LinearSVC(C=0.5, class_weight="balanced", random_state=0)
    model.fit(learned, [1] * len(privileged) + [0] * len(others))
    asked = vectorizer.transform(texts[control][:_MOST] for control in rest)
    scores = model.decision_function(asked)
    names = vectorizer.get_feature_names_out()
    order = np.argsort(-scores, kind="stable")[: max(int(len(texts) * _SHARE), 1)]
    for at in order.tolist():
        if scores[at] <= 0:
            return
        row = asked[at].multiply(model.coef_[0]).tocsr()
        best = row.indices[np.argsort(-row.data, kind="stable")][:_SHOWN]
        said = ", ".join(f"“{names[number]}”" for number in best)
        words = f"It reads like what the team marked privileged: {said}"
        yield rest[at], Reason(Signal.CLASSIFIER, _WEIGHT, words)
