"""The identity policy as a document: read, checked, compared, published, kept in versions."""

from hub.services.policy.changes import diff_policies
from hub.services.policy.document import json_schema
from hub.services.policy.reading import dump_policy, parse_policy, read_policy_file
from hub.services.policy.shipped import DEFAULT_POLICY, DEFAULT_TEXT
from hub.services.policy.versions import Publication, check_policy, load_policy, load_text, publish_policy

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_TEXT",
    "Publication",
    "check_policy",
    "diff_policies",
    "dump_policy",
    "json_schema",
    "load_policy",
    "load_text",
    "parse_policy",
    "publish_policy",
    "read_policy_file",
]
