"""The checks of `jejak doctor`: what an installation relies on, looked at from one process's environment.

Reading and judging are apart: what PostgreSQL, Kafka and files tell is a plain value (facts), and a pure function makes
sentences of it (findings).
"""
