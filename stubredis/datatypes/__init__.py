"""The values of keys and the algorithms behind them. Nothing here knows commands, clients or the protocol."""
