"""What a client learns before it asks anything."""

from __future__ import annotations

import subprocess
import sys

from bridge import __version__
from tests.assistant.serving import connected
from tests.e2e import mcp_client
from tests.interaction._requirements import requirement


@requirement("opening:eras")
@requirement("tools:list")
async def test_both_eras_have_the_same_tools_and_they_only_read(shared_home, shared_project):
    listed = []
    for era in ("legacy", "auto"):
        async with connected(shared_home, shared_project, mode=era) as client:
            listed.append((await client.list_tools()).tools)
            assert (client.protocol_version >= "2026") is (era == "auto")
    assert [one.model_dump() for one in listed[0]] == [one.model_dump() for one in listed[1]]
    assert len(listed[0]) == 7
    for one in listed[0]:
        assert (one.annotations.read_only_hint, one.annotations.destructive_hint) == (True, False)
        assert one.title


@requirement("opening:identity")
@requirement("opening:instructions")
async def test_the_server_says_who_it_is_and_what_for(shared_home, shared_project, era):
    async with connected(shared_home, shared_project, mode=era) as client:
        assert (client.server_info.name, client.server_info.version) == ("codeindex", __version__)
        assert client.server_info.title
        assert client.server_info.website_url.startswith("https://")
        assert client.server_info.icons[0].src.startswith("data:image/svg+xml;base64,")
        for tool in (await client.list_tools()).tools:
            assert f"`{tool.name}`" in client.instructions or tool.name == "index_status"


@requirement("opening:capabilities")
async def test_a_real_process_announces_what_it_can(home, project, era):
    async with mcp_client.connected(home, project, mode=era) as client:
        capabilities = client.server_capabilities
        assert capabilities.tools is not None
        assert (capabilities.resources.subscribe, capabilities.resources.list_changed) == (True, True)
        assert capabilities.prompts is not None
        assert capabilities.completions is not None


@requirement("opening:cacheable")
async def test_lists_that_never_change_may_be_kept(shared_home, shared_project):
    async with connected(shared_home, shared_project) as client:
        for listed in (
            await client.list_tools(),
            await client.list_prompts(),
            await client.list_resource_templates(),
        ):
            assert listed.ttl_ms > 0
            assert listed.cache_scope == "public"
        assert (await client.list_resources()).ttl_ms == 0


@requirement("opening:lazy")
def test_the_server_object_costs_the_sdk_and_nothing_else():
    heavy = ("grpc", "google.protobuf", "msgspec", "pathspec", "protos", "bridge.session")
    code = "import sys, bridge.cli, bridge.verbs.mcp, bridge.assistant.server; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(heavy).isdisjoint(ran.stdout.split())
