"""The environment variables that a declaration may refer to, and which of them are shown: the one place that decides.

Must not know about: YAML, what a variable is used for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from realmctl.config.inputs.secret_values import is_public_name

ALLOW_VARIABLE, ALLOW_OPTION = "REALMCTL_ALLOW_VARIABLES", "--allow-variables"
PUBLIC_VARIABLE, PUBLIC_OPTION = "REALMCTL_PUBLIC_VARIABLES", "--public-variables"
KEY = "variables"
"""The key of a realm's file that lists the variables which the realm's files may refer to."""

_RESERVED = {
    "realmctl's own login and settings": "KEYCLOAK_* KC_* REALMCTL_* AZURE_* MSI_* IDENTITY_ENDPOINT IDENTITY_HEADER",
    "a proxy's address, which may hold a password": "*_PROXY",
    "a credential of GitHub Actions": "GITHUB_*TOKEN* GITHUB_PAT* GH_* GHCR_* CR_PAT ACTIONS_* INPUT_*",
    "a credential of GitLab CI": """
        GITLAB_* CI_*TOKEN* CI_*PASSWORD* CI_*JWT* CI_REPOSITORY_URL CI_REGISTRY_USER CI_DEPLOY_*
        CI_DEPENDENCY_PROXY_*""",
    "a credential of Azure DevOps": """
        SYSTEM_*TOKEN* SYSTEM_*SECRET* ENDPOINT_AUTH* SECUREFILE_* VSTS_* VSS_* AZP_* AGENT_*TOKEN*""",
    "a credential of the pipeline": """
        JENKINS_* HUDSON_* TEAMCITY_* ARGOCD_* FLUX_* TEKTON_* GITEA_*TOKEN* GITEA_*KEY GITEA_*PASS*
        FORGEJO_*TOKEN* FORGEJO_*KEY FORGEJO_*PASS* WOODPECKER_* SPACELIFT_* ATLANTIS_*""",
    "a credential of a cloud": """
        AWS_* GOOGLE_* GCP_* GCLOUD_* CLOUDSDK_* ARM_* OS_* OCI_* ALICLOUD_* ALIBABA_* DIGITALOCEAN_*
        HCLOUD_* HETZNER_* CLOUDFLARE_* CF_* SCW_* LINODE_* IBMCLOUD_* IBM_CLOUD_* TF_* TFE_* PULUMI_* OVH_*
        VULTR_* VERCEL_*TOKEN* VERCEL_*KEY VERCEL_*PASS* NETLIFY_*TOKEN* NETLIFY_*KEY NETLIFY_*PASS*
        HEROKU_*TOKEN* HEROKU_*KEY HEROKU_*PASS* FLY_* FIREBASE_* DATABRICKS_*TOKEN* DATABRICKS_*KEY
        DATABRICKS_*PASS* SNOWFLAKE_*TOKEN* SNOWFLAKE_*KEY SNOWFLAKE_*PASS* MONGODB_ATLAS_* ATLAS_TOKEN""",
    "a credential of Kubernetes": "KUBE* HELM_* OC_* OPENSHIFT_* EKS_* GKE_* AKS_*",
    "a credential of a tool of the pipeline": """
        SSH_* GIT_* VAULT_* CONSUL_* NOMAD_* NPM_* NODE_AUTH_TOKEN YARN_* PIP_* PYPI_* TWINE_* UV_* POETRY_*
        MAVEN_* GRADLE_* ORG_GRADLE_* NUGET_* CARGO_*TOKEN* GEM_* BUNDLE_* COMPOSER_AUTH DOCKER_*
        REGISTRY_AUTH* REGISTRY_PASS* QUAY_* COSIGN_* SIGSTORE_* SOPS_* GPG_* GNUPG* SONAR_* SNYK_* SENTRY_*
        CODECOV_* RENOVATE_* DOPPLER_* OP_* BW_* PGPASS* MYSQL_PWD REDISCLI_AUTH OPENAI_* ANTHROPIC_* HF_*
        HUGGING* DD_* DATADOG_* NEW_RELIC_* NEWRELIC_* JFROG_*TOKEN* JFROG_*KEY JFROG_*PASS*
        ARTIFACTORY_*TOKEN* ARTIFACTORY_*KEY ARTIFACTORY_*PASS* RT_* NEXUS_*TOKEN* NEXUS_*KEY NEXUS_*PASS*
        SONATYPE_*TOKEN* SONATYPE_*KEY SONATYPE_*PASS* OSSRH_* JRELEASER_* RUBYGEMS_* JIRA_*TOKEN* JIRA_*KEY
        JIRA_*PASS* CONFLUENCE_*TOKEN* CONFLUENCE_*KEY CONFLUENCE_*PASS* ATLASSIAN_*TOKEN* ATLASSIAN_*KEY
        ATLASSIAN_*PASS* SLACK_*TOKEN* SLACK_*HOOK* PAGERDUTY_*TOKEN* PAGERDUTY_*KEY PAGERDUTY_*PASS*
        OPSGENIE_*TOKEN* OPSGENIE_*KEY OPSGENIE_*PASS* GRAFANA_*TOKEN* GRAFANA_*KEY GRAFANA_*PASS*
        INFISICAL_* AKEYLESS_* CONJUR_* ANSIBLE_* CHEF_* PACKER_* VAGRANT_* TRIVY_* SEMGREP_* VERACODE_*
        GITGUARDIAN_* SOCKET_* BROKER_TOKEN SRCCLR_* DEPENDABOT_* CYPRESS_* PERCY_* CHROMATIC_*
        BROWSERSTACK_* EXPO_TOKEN FASTLANE_* MATCH_* APPLE_* NGROK_* TAILSCALE_* TS_AUTHKEY RESTIC_* BORG_*
        RCLONE_* MC_HOST_* AGE_* PERSONAL_ACCESS_TOKEN NETRC""",
    "what a pipeline says of its run, which a review sees otherwise than an apply": """
        CI_COMMIT_* CI_MERGE_REQUEST_* CI_OPEN_MERGE_REQUESTS CI_EXTERNAL_PULL_* CI_PIPELINE_* CI_JOB_*
        CI_BUILD* CI_PREV_* CHAT_* RUNNER_* BUILD_SOURCE* BUILD_REASON BUILD_REQUESTED* BUILD_QUEUED*
        BUILD_BUILD* BUILD_TAG BUILD_CAUSE* SYSTEM_PULLREQUEST_* SYSTEM_STAGE* SYSTEM_JOB* BITBUCKET_*
        CIRCLE_* BUILDKITE_* TRAVIS_* DRONE_* APPVEYOR_* SEMAPHORE_* CIRRUS_* CODEBUILD_* CHANGE_ID
        CHANGE_TITLE CHANGE_BRANCH CHANGE_AUTHOR* CHANGE_FORK CHANGE_URL CHANGE_TARGET BRANCH_NAME TAG_NAME
        GITHUB_*""",
}
"""What no declaration may refer to, whoever allows it: whose it is, and the names."""

_NAMES = tuple((whose, pattern) for whose, patterns in _RESERVED.items() for pattern in patterns.split())


@dataclass(frozen=True, slots=True)
class Allowed:
    """A list of names or patterns (`ENTRA_*`), and who gives it: the words for an error."""

    patterns: Sequence[str]
    source: str
    advice: str

    def has(self, name: str) -> bool:
        """Return whether the list has the variable."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class VariableAccess:
    """What declarations may refer to: all that is not reserved, and that each of the lists has."""

    lists: Sequence[Allowed] = ()
    public: Sequence[str] = ()
    unrestricted: bool = False
    """Whether the caller's own options are read: then every variable may be used, and none is reserved."""

    @classmethod
    def of(cls, environ: Mapping[str, str], lists: Sequence[Allowed] = ()) -> VariableAccess:
        """The access that the caller's environment gives, and `lists` narrow."""
        given: list[Allowed] = []
        if ALLOW_VARIABLE in environ:
            advice = f"anyone who runs this pipeline or command allows it, by {ALLOW_OPTION} or {ALLOW_VARIABLE}"
            given.append(Allowed(patterns_in(environ[ALLOW_VARIABLE]), f"{ALLOW_OPTION} ({ALLOW_VARIABLE})", advice))
        public = patterns_in(environ[PUBLIC_VARIABLE]) if PUBLIC_VARIABLE in environ else ()
        return cls((*given, *lists), public)

    @staticmethod
    def listed(environ: Mapping[str, str]) -> dict[str, str]:
        """The environment without what the caller's list does not have, and without the list."""
        if ALLOW_VARIABLE not in environ:
            return dict(environ)
        mine = Allowed((*patterns_in(environ[ALLOW_VARIABLE]), "REALMCTL_*"), "", "")
        return {name: value for name, value in environ.items() if mine.has(name) and name != ALLOW_VARIABLE}

    def refusal(self, name: str) -> tuple[str, str]:
        """Return why a variable may not be referred to, and what to do; two "" where it may."""
        if self.unrestricted:
            return "", ""
        if whose := reserved_content(name):
            return (
                f"$(env:{name}) cannot be used: variables of that name hold {whose}",
                f"give the realm a variable of its own, such as REALM_{name.upper()}",
            )
        for one in self.lists:
            if not one.has(name):
                return f"$(env:{name}) is not allowed: {name} is not in {one.source}", one.advice
        return "", ""

    def is_public(self, name: str) -> bool:
        """Return whether the variable's value may be shown: its name says so, or the caller does."""
        return is_public_name(name) or any(fnmatchcase(name, pattern) for pattern in self.public)


def reserved_content(name: str) -> str:
    """Return what a variable of that name holds, where no declaration may refer to it; else ""."""
    upper = name.upper()
    return next((whose for whose, pattern in _NAMES if fnmatchcase(upper, pattern)), "")


def public_advice(reference: str) -> str:
    """Return what to do with a reference (`env:NAME`) that counts as a secret only since its name does not say more."""
    source, _, name = reference.partition(":")
    better = f"{name}_NAME" if source == "env" else f"{name}_name"
    return (
        f"if it is no secret, rename the variable so that it says so, such as {better} (…_ID, …_URL, …_HOST), "
        f"or list it in {PUBLIC_OPTION} ({PUBLIC_VARIABLE}); if it is one, keep it out"
    )


def patterns_in(text: str) -> tuple[str, ...]:
    """Return the names and patterns in a text, which commas or blanks separate."""
    return tuple(one for one in re.split(r"[,\s]+", str(text)) if one)
