"""What can go wrong in a way that a person can mend.

CoachError
├── UsageError       the request itself is off (exit code 2)
├── DocumentError    a file that cannot be read or holds nothing to ask
├── BankError        a question or bank that is not there, or is in doubt
├── WeightsError     a model's files are missing, damaged or cannot be fetched
├── IndexingError    the vector index is damaged or out of date
│   └── IndexBusyError   another process is writing to it: later it may be free
├── ModelError       a chat model is unreachable, refuses or answers nonsense
└── StoreError       the database cannot be reached, or a session is not in it

Each message is one or two sentences: what was wrong, and what to do about it.
"""


class CoachError(Exception):
    """An error whose message may be shown to the person as it stands."""


class UsageError(CoachError):
    """The request itself is off."""


class DocumentError(CoachError):
    """A document cannot be read, or holds nothing that can be asked."""


class BankError(CoachError):
    """A question or a bank is not there, or more than one fits."""


class WeightsError(CoachError):
    """A model's files are missing, damaged, or cannot be fetched."""


class IndexingError(CoachError):
    """The vector index is damaged, in use by another process, or out of date."""


class IndexBusyError(IndexingError):
    """Another process is writing to the vector index; once it is done this one may."""


class ModelError(CoachError):
    """A chat model is unreachable, refuses, or answers what cannot be used."""


class StoreError(CoachError):
    """The database cannot be reached, or a session is not in it."""
