"""Rotation of credentials: inventory, plan, and the four steps of Secrets Manager with proof and a way back.

The room knows ledger and adapters and no orchestrator, so that the same steps run in a flow and in AWS Lambda.
"""
