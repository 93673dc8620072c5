"""Settings → Folders and tags, and what the list and the process's page make of them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.processes.models import Folder, Process, Tag
from tests import sending
from tests.cast import Acme, signed_in


@pytest.fixture
def client(acme: Acme) -> Client:
    return signed_in(acme.owner)


def folder(acme: Acme, path: str) -> Folder:
    return Folder.make(acme.organization, path)


def do(client: Client, name: str, /, *args: Any, **fields: str) -> str:
    """What the page says after the action."""
    answer = client.post(reverse(f"console:{name}", args=args), fields, follow=True)
    assert answer.status_code in {200, 400}
    return answer.content.decode()


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(reverse("console:processes"), query)
    return [process.name for process in answer.context["found"].processes]


def test_it_works(client: Client, acme: Acme) -> None:
    assert "No folder yet" in client.get(reverse("console:folders")).content.decode()
    assert "The folder “Leases/2026” is there." in do(client, "add_folder", path=" /Leases/ 2026/ ")
    assert "The tag “urgent” is there." in do(client, "add_tag", name=" urgent ")
    assert Folder.objects.get().path == "Leases/2026" and Tag.objects.get().name == "urgent"


@pytest.mark.parametrize("path", ["", "/", "a//b", "a\nb", "x" * 301, "\0"])
def test_a_path_that_is_none_is_refused_in_place(client: Client, path: str) -> None:
    shown = do(client, "add_folder", path=path)
    assert "Write a path such as Leases/2026" in shown and 'aria-invalid="true"' in shown
    assert not Folder.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_name_that_is_none_is_refused_in_place(client: Client, name: str) -> None:
    assert "Write a name of at most 100 characters." in do(client, "add_tag", name=name)
    assert not Tag.objects.exists()


def test_the_same_twice_is_refused(client: Client, acme: Acme) -> None:
    folder(acme, "Leases")
    Tag.make(acme.organization, "urgent")
    assert "There is a folder at this path already." in do(client, "add_folder", path="Leases/")
    assert "There is a tag of this name already." in do(client, "add_tag", name="urgent")


def test_renaming_takes_the_folders_below_along(client: Client, acme: Acme) -> None:
    made = folder(acme, "Leases")
    for path in ("Leases/2026", "Leases/2026/May", "Leasesx"):
        folder(acme, path)
    do(client, "change_folder", made.pk, path="Leases/Old")
    assert list(Folder.objects.values_list("path", flat=True)) == [
        "Leases/Old", "Leases/Old/2026", "Leases/Old/2026/May", "Leasesx"
    ]  # fmt: skip
    assert "There is a folder at this path already." in do(client, "change_folder", made.pk, path="Leasesx")
    assert "Write a path" in do(client, "change_folder", made.pk, path="x" * 295)
    assert Folder.objects.get(pk=made.pk).path == "Leases/Old"


def test_renaming_a_tag_reaches_its_processes(client: Client, acme: Acme, other: Acme) -> None:
    tag = Tag.make(acme.organization, "urgent")
    Tag.make(acme.organization, "late")
    ours = sending.start(acme, tags=["a", "urgent", "z"])
    theirs = sending.start(other, tags=["urgent"])
    assert "The tag was renamed." in do(client, "change_tag", tag.pk, name="very urgent")
    assert Process.objects.get(pk=ours.pk).tags == ["a", "very urgent", "z"]
    assert Process.objects.get(pk=theirs.pk).tags == ["urgent"]
    assert "There is a tag of this name already." in do(client, "change_tag", tag.pk, name="late")
    assert Process.objects.get(pk=ours.pk).tags == ["a", "very urgent", "z"]


def test_only_what_is_empty_can_be_removed(client: Client, acme: Acme) -> None:
    used, empty = folder(acme, "Used"), folder(acme, "Empty")
    tag, free = Tag.make(acme.organization, "used"), Tag.make(acme.organization, "free")
    sending.start(acme, folder_id=used.pk, tags=["used"])
    assert "There are processes in this folder." in do(client, "change_folder", used.pk, do="remove")
    assert "There are processes with this tag." in do(client, "change_tag", tag.pk, do="remove")
    assert "was removed" in do(client, "change_folder", empty.pk, do="remove")
    assert "was removed" in do(client, "change_tag", free.pk, do="remove")
    assert (Folder.objects.get(), Tag.objects.get()) == (used, tag)


def test_only_the_owner_changes_them(acme: Acme, other: Acme) -> None:
    made, tag = folder(acme, "Secret"), Tag.make(acme.organization, "urgent")
    changes = [("add_folder", []), ("change_folder", [made.pk]), ("add_tag", []), ("change_tag", [tag.pk])]
    reviewer, stranger = signed_in(acme.reviewer), signed_in(other.owner)
    assert reviewer.get(reverse("console:folders")).status_code == 200
    assert 'action="/console/settings' not in reviewer.get(reverse("console:folders")).content.decode()
    for name, args in changes:
        address = reverse(f"console:{name}", args=args)
        assert reviewer.post(address, {"path": "x", "name": "x", "do": "remove"}).status_code == 403
        assert Client().post(address).status_code == 302
        if args:
            assert stranger.post(address, {"do": "remove"}).status_code == 404
    assert "Secret" not in stranger.get(reverse("console:folders")).content.decode()
    assert Folder.objects.count() == Tag.objects.count() == 1


def test_the_list_is_narrowed_by_folder_and_tag(client: Client, acme: Acme) -> None:
    top, below, beside = (folder(acme, path) for path in ("Leases", "Leases/2026", "Leasesx"))
    sending.start(acme, name="Top", folder_id=top.pk)
    sending.start(acme, name="Below", folder_id=below.pk, tags=["urgent"])
    sending.start(acme, name="Beside", folder_id=beside.pk, tags=["urgent", "late"])
    sending.start(acme, name="Nowhere")
    assert listed(client, folder="Leases") == ["Below", "Top"]
    assert listed(client, tag="urgent") == ["Beside", "Below"]
    assert listed(client, folder="Leases", tag="urgent") == ["Below"]
    assert listed(client, folder="a\0b") == listed(client, tag='"]') == []
    assert "Nothing found" in client.get(reverse("console:processes"), {"tag": "none"}).content.decode()


def test_rows_and_the_process_name_folder_and_tags(client: Client, acme: Acme) -> None:
    evil = "<img src=x>"
    made = folder(acme, evil)
    process = sending.start(acme, folder_id=made.pk, tags=[evil], remind_every_hours=3)
    for shown in (
        client.get(reverse("console:processes")).content.decode(),
        client.get(reverse("console:process", args=[process.public_id])).content.decode(),
        client.get(reverse("console:folders")).content.decode(),
    ):
        assert "&lt;img src=x&gt;" in shown and evil not in shown


def test_readers_do_not_count_as_somebody_who_is_done(client: Client, acme: Acme) -> None:
    sending.start(acme, sending.person("Ana", "ID card"), sending.person("Rita", role="reader"))
    shown = client.get(reverse("console:processes")).content.decode()
    assert "0 of 1 done" in shown and "Rita" in shown
