"""kfcs (客服): a command-line toolkit over the ledger of a property developer's customer-service centre."""

__version__ = "0.1.0"
