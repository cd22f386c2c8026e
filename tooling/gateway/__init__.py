"""The gateway on this machine: the programs that it needs (`tools`), the stand that runs them, and the demo."""
