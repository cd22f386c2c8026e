"""Carries out a plan: the request graph, the executor, the writer, the lock and the journal."""
