"""Programs for developers that tests use too: the gateway on this machine, the programs it runs, charts' schemas."""
