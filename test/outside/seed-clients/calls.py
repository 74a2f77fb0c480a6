"""Makes the calls of LimaCharlie's Python SDK, version 5 or 4, once each, and prints a table of what came back.

    FLAIRGATE_URL=... OID=... KEY=... UID_OF_USER=... USER_KEY=... PYTHONPATH=test/outside/seed-clients:CHECKOUT python calls.py v5

Exits with 1 if a call that must work failed.
"""

import os
import sys
import time
import uuid

import flairgate_host  # noqa: F401, points the SDK at FLAIRGATE_URL

OID, KEY = os.environ["OID"], os.environ["KEY"]
USER, USER_KEY = os.environ["UID_OF_USER"], os.environ["USER_KEY"]
MARK = uuid.uuid4().hex[:8]
NOW = int(time.time())
rows = []


def call(name, work, expect=None):
    """Makes a call. `expect` checks the answer, or is a text that the error must contain."""
    try:
        got = work()
    except Exception as error:  # every failure is a row
        text = " ".join(str(error).split())
        is_right = isinstance(expect, str) and expect in text
        rows.append((name, is_right, f"{type(error).__name__}: {text[:140]}"))
        return None
    is_right = expect is None or (not isinstance(expect, str) and bool(expect(got)))
    rows.append((name, is_right, " ".join(repr(got).split())[:100]))
    return got


def v5():
    from limacharlie.client import Client
    from limacharlie.sdk.api_keys import ApiKeys
    from limacharlie.sdk.groups import Groups
    from limacharlie.sdk.hive import Hive, HiveRecord
    from limacharlie.sdk.ingestion_keys import IngestionKeys
    from limacharlie.sdk.installation_keys import InstallationKeys
    from limacharlie.sdk.organization import Organization
    from limacharlie.sdk.users import Users

    client = Client(oid=OID, api_key=KEY)
    user = Client(uid=USER, api_key=USER_KEY, oid=OID)
    org, own = Organization(client), Organization(user)
    call("who_am_i", org.who_am_i, lambda got: got["orgs"] == [OID])
    call("test_auth", lambda: org.test_auth(["dr.list", "apikey.ctrl"]), lambda got: got is True)
    call("get_jwt(8 h)", lambda: client.get_jwt(expiry_hours=8))
    call("mint_jwt(oid)", lambda: client.mint_jwt(oid=OID))
    call("mint_jwt, of a user", lambda: user.mint_jwt())
    call("list_accessible_orgs", own.list_accessible_orgs, lambda got: OID in got["orgs"])
    call("get_info", org.get_info)
    call("get_urls", org.get_urls, lambda got: "api" in got)
    call("set_config, get_config", lambda: (org.set_config("vt", "x"), org.get_config("vt"))[1], lambda got: got == "x")
    call("set_description", lambda: org.set_description("a description"))
    call("check_name (free)", lambda: Organization.check_name(user, f"free {MARK}"), lambda got: got)
    made = call("create_org", lambda: Organization.create_org(user, f"org {MARK}", "usa"))
    call("create_org, the same name", lambda: Organization.create_org(user, f"org {MARK}", "usa"), "taken")
    if made is not None:
        oid = made["data"]["oid"] if "data" in made else made["oid"]
        other = Organization(Client(uid=USER, api_key=USER_KEY, oid=oid))
        call("rename", lambda: other.rename(f"renamed {MARK}"))
        token = call("delete_org, first step", other.delete_org, lambda got: "confirmation" in got)
        call("delete_org, second step", lambda: other.delete_org(token["confirmation"]))
    email = f"{MARK}@example.com"
    users = Users(org)
    call("Users.invite", lambda: users.invite(email))
    call("Users.list", users.list, lambda got: email in got)
    call("Users.add_permission", lambda: users.add_permission(email, "dr.list"))
    call("Users.list_permissions", users.list_permissions, lambda got: got[email] == ["dr.list"])
    members = ("user_permissions", "direct_users", "from_groups", "group_info")
    raw = lambda: client.request("GET", f"orgs/{OID}/users/permissions")
    call("the answer behind it", raw, lambda got: all(name in got for name in members))
    call("Users.remove_permission", lambda: users.remove_permission(email, "dr.list"))
    call("Users.set_role", lambda: users.set_role(email, "Viewer"))
    call("Users.remove", lambda: users.remove(email))
    keys = ApiKeys(org)
    key = call("ApiKeys.create", lambda: keys.create(f"k {MARK}", ["dr.list"], "127.0.0.0/8"), lambda got: got["api_key"])
    call("ApiKeys.create x[bulk] by an owner", lambda: ApiKeys(own).create(f"b {MARK}[bulk]", ["dr.list"]), lambda got: got["api_key"])
    call("ApiKeys.list", keys.list, lambda got: key["key_hash"] in got)
    call("ApiKeys.delete", lambda: keys.delete(key["key_hash"]))
    ingestion = IngestionKeys(org)
    call("IngestionKeys.create", lambda: ingestion.create(MARK))
    call("IngestionKeys.list, whole values", ingestion.list, lambda got: len(str(got.get(MARK) or got["keys"][MARK])) > 20)
    call("IngestionKeys.delete", lambda: ingestion.delete(MARK))
    installation = InstallationKeys(org)
    iid = call("InstallationKeys.create", lambda: installation.create(MARK, ["a", "b"]), lambda got: got["iid"])
    call("InstallationKeys.list", installation.list, lambda got: iid["iid"] in str(got))
    call("InstallationKeys.get", lambda: installation.get(iid["iid"]))
    call("InstallationKeys.delete", lambda: installation.delete(iid["iid"]))
    groups = Groups(own)
    gid = call("Groups.create", lambda: groups.create(MARK), lambda got: "gid" in str(got))
    gid = (gid or {}).get("gid") or (gid or {}).get("data", {}).get("gid")
    call("Groups.list", groups.list)
    call("Groups.get", lambda: groups.get(gid))
    for step, work in {
        "add_member": lambda: groups.add_member(gid, email),
        "add_owner": lambda: groups.add_owner(gid, email),
        "set_permissions": lambda: groups.set_permissions(gid, ["dr.list"]),
        "add_org": lambda: groups.add_org(gid, OID),
        "get_logs": lambda: groups.get_logs(gid),
        "remove_org": lambda: groups.remove_org(gid, OID),
        "remove_owner": lambda: groups.remove_owner(gid, email),
        "remove_member": lambda: groups.remove_member(gid, email),
        "delete": lambda: groups.delete(gid),
    }.items():
        call(f"Groups.{step}", work)
    hives = ["dr-general", "dr-managed", "dr-service", "fp", "secret", "lookup", "yara", "cloud_sensor", "external_adapter"]
    for name in [*hives, "extension_config", "playbook", "query", "ai_agent", "ai_skill", "ai_memory"]:
        call(f"Hive {name}: list", Hive(org, name).list)
    call("Hive acl: list (its lists would be kept and not enforced)", Hive(org, "acl").list, "no such hive")
    hive = Hive(org, "dr-general")
    rule = {"detect": {"event": "NEW_PROCESS", "op": "exists", "path": "event"}, "respond": [{"action": "report", "name": "x"}]}
    record = HiveRecord(MARK, data=rule)
    call("Hive.set", lambda: hive.set(record))
    call("Hive.get", lambda: hive.get(MARK), lambda got: got.enabled is False)
    call("Hive.get_metadata", lambda: hive.get_metadata(MARK))
    call("Hive.validate", lambda: hive.validate(record))
    call("Hive.get_schema", hive.get_schema)
    call("Hive.update_tx", lambda: hive.update_tx(MARK, lambda each: setattr(each, "enabled", True)))
    call("Hive.rename", lambda: hive.rename(MARK, f"{MARK}-2"))
    call("Hive.delete", lambda: hive.delete(f"{MARK}-2"))
    call("Hive.set with arl", lambda: hive.set(HiveRecord(MARK, arl="[https,example.com]")), "arl")
    call("get_audit_logs", lambda: list(org.get_audit_logs(NOW - 600, NOW + 60)), lambda got: len(got) > 0)
    call("get_stats (no part of the product)", org.get_stats, "404")
    call("get_errors (no part of the product)", org.get_errors, "404")


def v4():
    import limacharlie

    org = limacharlie.Manager(oid=OID, secret_api_key=KEY, uid=False)
    own = limacharlie.Manager(oid=OID, secret_api_key=USER_KEY, uid=USER)
    call("testAuth", lambda: org.testAuth(["dr.list"]), lambda got: got is True)
    call("whoAmI", org.whoAmI)
    call("userAccessibleOrgs", own.userAccessibleOrgs)
    call("checkOrgNameAvailability", lambda: own.checkOrgNameAvailability(f"free {MARK}"))
    call("getOrgConfig, setOrgConfig", lambda: (org.setOrgConfig("vt", "y"), org.getOrgConfig("vt"))[1])
    call("getOrgURLs", org.getOrgURLs)
    key = call("addApiKey", lambda: org.addApiKey(f"v4 {MARK}", ["dr.list"]), lambda got: got["api_key"])
    call("getApiKeys", org.getApiKeys)
    call("removeApiKey", lambda: org.removeApiKey(key["key_hash"]))
    call("setIngestionKey", lambda: org.setIngestionKey(f"v4{MARK}"))
    call("getIngestionKeys", org.getIngestionKeys)
    call("delIngestionKey", lambda: org.delIngestionKey(f"v4{MARK}"))
    email = f"v4-{MARK}@example.com"
    call("inviteUser", lambda: own.inviteUser(email))
    call("addUser", lambda: org.addUser(email))
    call("getUsers", org.getUsers)
    call("addUserPermission", lambda: org.addUserPermission(email, "dr.list"))
    call("getUserPermissions", org.getUserPermissions)
    call("removeUserPermission", lambda: org.removeUserPermission(email, "dr.list"))
    call("removeUser", lambda: org.removeUser(email))
    group = call("createGroup", lambda: own.createGroup(MARK))
    gid = group if isinstance(group, str) else (group or {}).get("gid") or (group or {}).get("data", {}).get("gid")
    call("getGroups", own.getGroups)
    call("addGroupMember", lambda: own.addGroupMember(gid, email))
    call("setGroupPermissions", lambda: own.setGroupPermissions(gid, ["dr.list"]))
    call("addGroupOrg", lambda: own.addGroupOrg(gid, OID))
    call("getGroup", lambda: own.getGroup(gid))
    call("getGroupLogs", lambda: own.getGroupLogs(gid))
    call("deleteGroup", lambda: own.deleteGroup(gid))
    iid = call("create_installation_key", lambda: org.create_installation_key(["a"], MARK))
    call("get_installation_keys", org.get_installation_keys)
    call("delete_installation_key", lambda: org.delete_installation_key(iid["iid"] if isinstance(iid, dict) else iid))
    detect = {"event": "NEW_PROCESS", "op": "exists", "path": "event"}
    call("add_rule", lambda: org.add_rule(MARK, detect, [{"action": "report", "name": "x"}]))
    call("rules", org.rules, lambda got: MARK in got)
    call("del_rule", lambda: org.del_rule(MARK))
    call("add_fp", lambda: org.add_fp(MARK, detect))
    call("fps", org.fps, lambda got: MARK in got)
    call("del_fp", lambda: org.del_fp(MARK))
    hive = limacharlie.Hive(org, "dr-general")
    record = limacharlie.HiveRecord(MARK, {"data": {"detect": detect, "respond": []}})
    call("Hive.set", lambda: hive.set(record))
    call("Hive.get", lambda: hive.get(MARK))
    call("Hive.getMetadata", lambda: hive.getMetadata(MARK))
    call("Hive.list", hive.list)
    call("Hive.delete", lambda: hive.delete(MARK))
    call("getAuditLogs", lambda: list(org.getAuditLogs(NOW - 600, NOW + 60)), lambda got: len(got) > 0)
    made = call("createNewOrg", lambda: own.createNewOrg(f"v4 {MARK}", "usa"))
    oid = ((made or {}).get("data") or {}).get("oid")
    other = limacharlie.Manager(oid=oid, secret_api_key=USER_KEY, uid=USER)
    call("renameOrg", lambda: other.renameOrg(f"v4 renamed {MARK}"))
    token = call("deleteOrg, first step", lambda: other.deleteOrg(oid))
    call("deleteOrg, second step", lambda: other.deleteOrg(oid, (token or {}).get("confirmation")))


if __name__ == "__main__":
    {"v4": v4, "v5": v5}[sys.argv[1]]()
    for name, is_right, text in rows:
        print(f"| {name} | {'ok' if is_right else 'FAILS'} | {text.replace('|', '/')} |")
    failed = sum(1 for _, is_right, _ in rows if not is_right)
    print(f"{len(rows) - failed} of {len(rows)} as they must")
    sys.exit(1 if failed else 0)
