"""Looks at a live gateway for what must hold: nothing reaches a service without login, no forged header arrives.

`outside` asks as anybody could, `cluster` looks at what stands in Kubernetes (`asked`: which requests are asked about;
`routes`: where those end that are not; `filters`: what is taken out of them; `services`: how they guard themselves;
`callers`: whom they let pass); `points` says what is asked and how it is closed.
Must not know about: terminals, Keycloak's Admin API.
"""
