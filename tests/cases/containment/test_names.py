"""Apps and users by whatever name the alert gives."""

from __future__ import annotations


def test_an_app_by_its_consumer_key(org, scene):
    org.client("drift.integration")
    plan = scene(("connected_app", org.integration("drift.nightly")["consumer_key"])).plan()
    assert plan.apps_touched == ("Drift",)
    assert not plan.uncovered


def test_an_app_by_its_id(org, scene):
    row = org.world.store.one("SELECT Id FROM ConnectedApplication WHERE Name = 'Drift'")
    assert scene(("connected_app", row["Id"])).plan().apps_touched == ("Drift",)


def test_a_user_by_its_address(org, scene):
    name = org.integration("order.sync")["username"]
    with org.world.store.write() as db:
        db.execute('UPDATE "User" SET Email = ? WHERE Username = ?', ("sync@mail.example", name))
    made = scene(("user", "sync@mail.example"))
    assert not made.plan().uncovered
    assert [(u.username, u.named) for u in made.cutter.snapshot.users] == [(name, True)]


def test_an_address_of_two_users_is_said_and_makes_contained_impossible(org, scene):
    with org.world.store.write() as db:
        db.execute("""UPDATE "User" SET Email = 'shared@mail.example' WHERE Username LIKE 'drift.%'""")
    plan = scene(("user", "shared@mail.example")).plan()
    assert "principal: 2 users have the e-mail address of the alert" in plan.unresolved
    assert "principal" in dict(plan.uncovered)
    assert not [a for a in plan.actions if a.kind == "freeze_user"]


def test_an_address_means_whoever_logged_in_from_it_though_no_session_is_left(org, scene):
    org.client("drift.nightly")
    user = org.world.store.one('SELECT Id FROM "User" WHERE Username LIKE ?', "drift.nightly@%")["Id"]
    with org.world.store.write() as db:
        db.execute("UPDATE LoginHistory SET SourceIp = '45.66.77.88' WHERE UserId = ?", (user,))
        db.execute("DELETE FROM AuthSession WHERE UsersId = ?", (user,))
    made = scene(("address", "45.66.77.0/24"))
    plan = made.plan()
    assert plan.apps_touched == ("Drift",)
    assert [u.username for u in made.cutter.snapshot.users] == [org.integration("drift.nightly")["username"]]
    assert made.contain().contained
