"""The contract with BPJS as files another team reads: AsyncAPI, JSON Schema and a page, made from the models."""
