"""Data that ships with the package."""

from cpm import _core

__all__ = ["cdnow"]


def cdnow(full: bool = False) -> _core.TransactionLog:
    """CDNOW: the field's standard data set.

    Every purchase, from January 1997 to June 1998, of customers who first bought at the online music
    retailer CDNOW in the first quarter of 1997. The papers use a systematic 1/10 sample.

    Parameters
    ----------
    full : bool
        All 23,570 customers with 69,659 rows, instead of the papers' 2,357 with 6,919.

    Returns
    -------
    TransactionLog

    References
    ----------
    Fader & Hardie (2001), Forecasting Repeat Sales at CDNOW: A Case Study, Interfaces 31(3), S94-S107.

    Examples
    --------
    >>> import cpm
    >>> cpm.datasets.cdnow()
    TransactionLog(2357 customers, 6919 rows, 1997-01-01 to 1998-06-30)
    """
    return _core.cdnow(full)
