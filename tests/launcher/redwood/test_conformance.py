"""The reader gives what @incanta/config 2.1.18 gave for the same files; the numbers group what was tried there.

Values marked `whole` are everything the library read, the others one look-up.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from stubredis.launcher.redwood.values import plain
from stubredis.launcher.settings import SettingsError
from tests.launcher.redwood.trees import Files, read, write

STUB = {"D/persistence/redis.yaml": 'provider: stub\npassword: ""\n'}


def values(root: Path, **environ: str) -> Any:
    return plain(read(root, **environ).values)


def without_settings(root: Path, **environ: str) -> Any:
    """Return the values without what the environments say of themselves."""
    return {name: value for name, value in values(root, **environ).items() if name not in ("_config", "config")}


LAYOUT: dict[str, tuple[Files, Any]] = {
    "01 folders, files and keys are the path": (
        {
            "D/persistence/redis.yaml": "provider: stub",
            "D/_index.yaml": "environment:\n  development: true",
            "D/deployment/_index.yaml": "cloud: local",
        },
        {
            "persistence": {"redis": {"provider": "stub"}},
            "environment": {"development": True},
            "deployment": {"cloud": "local"},
        },
    ),
    "02 a file over a folder": (
        {**STUB, "E/persistence.yaml": "redis:\n  provider: memurai"},
        {"persistence": {"redis": {"provider": "memurai", "password": ""}}},
    ),
    "03 an index over a folder": (
        {**STUB, "E/_index.yaml": "persistence:\n  redis:\n    password: x"},
        {"persistence": {"redis": {"provider": "stub", "password": "x"}}},
    ),
    "04 a file over the index beside it": (
        {"D/p/_index.yaml": "redis:\n  a: i\n  b: 1", "D/p/redis.yaml": "a: f"},
        {"p": {"redis": {"a": "f", "b": 1}}},
    ),
    "05 a file over the folder of its name": (
        {"D/p/redis/_index.yaml": "a: dir\nc: 2", "D/p/redis.yaml": "a: file\nb: 1"},
        {"p": {"redis": {"a": "file", "b": 1, "c": 2}}},
    ),
    "06 yaml over json": (
        {"D/redis.json": '{"a":"json","j":1}', "D/redis.yaml": "a: yaml"},
        {"redis": {"a": "yaml", "j": 1}},
    ),
    "06 yml over yaml": ({"D/redis.yaml": "a: yaml", "D/redis.yml": "a: yml"}, {"redis": {"a": "yml"}}),
    "07 extensions in capitals": ({"D/redis.YAML": "a: 1"}, {"redis": {"a": 1}}),
    "07 files of git": ({"D/.gitignore": "*", "D/a.yaml": "b: 1"}, {"a": {"b": 1}}),
    "08 null in the index stays": ({"D/p/_index.yaml": "redis:", "D/p/redis.yaml": "a: 1"}, {"p": {"redis": None}}),
    "09 an empty file": ({"D/a.yaml": ""}, {"a": {}}),
    "09 a file of comments": ({"D/a.yaml": "# c"}, {"a": {}}),
    "09 a null document": ({"D/a.yaml": "~"}, {"a": {}}),
    "09 an empty file over values": ({"D/r.yaml": "a: 1", "E/r.yaml": ""}, {"r": {"a": 1}}),
    "09 a null document over values": ({"D/r.yaml": "a: 1", "E/r.yaml": "~"}, {"r": {"a": 1}}),
    "10 null replaces a mapping": (
        {"D/persistence.yaml": "redis:\n  a: 1", "E/persistence.yaml": "redis:"},
        {"persistence": {"redis": None}},
    ),
    "11 null replaces a value": (
        {"D/r.yaml": "password: p\nb: 1", "E/r.yaml": "password: null"},
        {"r": {"password": None, "b": 1}},
    ),
    "11 empty text replaces a value": (
        {"D/r.yaml": "password: p\nb: 1", "E/r.yaml": 'password: ""'},
        {"r": {"password": "", "b": 1}},
    ),
    "12 arrays replace": (
        {"D/a.yaml": "l: [1,2,3]\nm: [{a: 1}]", "E/a.yaml": "l: [9]\nm: []"},
        {"a": {"l": [9], "m": []}},
    ),
    "13 another kind replaces": (
        {
            "D/a.yaml": "a: 1\nb: {x: 1}\nc: [1,2]\nd: {x: 1}",
            "E/a.yaml": "a: {y: 2}\nb: 3\nc: {z: 1}\nd: [5]",
        },
        {"a": {"a": {"y": 2}, "b": 3, "c": {"z": 1}, "d": [5]}},
    ),
    "14 a base for siblings": (
        {
            "D/i/_index.yaml": "incantaConfigBase: base",
            "D/i/base.yaml": "a: 1\nl: [1,2,3]",
            "D/i/x.yaml": "l: [9]",
            "E/i/eu.yaml": "a: 5",
        },
        {"i": {"base": {"a": 1, "l": [1, 2, 3]}, "x": {"a": 1, "l": [9, 2, 3]}, "eu": {"a": 5, "l": [1, 2, 3]}}},
    ),
    "28 no default": ({"E/r.yaml": "v: e"}, {"r": {"v": "e"}}),
    "40 names with hyphens": (
        {"D/my-dir/my-file.yaml": "my-key: 1\nsnake_key: 2\nkey-2: 3\ntrail-: 5"},
        {"myDir": {"myFile": {"myKey": 1, "snake_key": 2, "key2": 3, "trail-": 5}}},
    ),
    "43 original names below a switch": (
        {"D/r.yaml": "z:\n  variableCasing: original\n  my-zone: {a-b: 1}"},
        {"r": {"z": {"my-zone": {"a-b": 1}}}},
    ),
    "44 names in arrays": ({"D/r.yaml": "l: [{a-b: 1}, [{g-h: 1}]]"}, {"r": {"l": [{"aB": 1}, [{"g-h": 1}]]}}),
    "50 references": (
        {"D/r.yaml": 'port: 6379\nhost: h\nu: "redis://${r.host}:${r.port}"\np: ${r.port}'},
        {"r": {"port": 6379, "host": "h", "u": "redis://h:6379", "p": "6379"}},
    ),
    "51 references to everything": (
        {
            "D/r.yaml": "b: true\nn: null\no: {x: 1}\na: [1,2]\nrb: ${r.b}\nrn: x${r.n}\nro: ${r.o}\nra: ${r.a}\n"
            "r1: ${r.a.1}"
        },
        {
            "r": {
                "b": True,
                "n": None,
                "o": {"x": 1},
                "a": [1, 2],
                "rb": "true",
                "rn": "x${r.n}",
                "ro": "[object Object]",
                "ra": "1,2",
                "r1": "2",
            }
        },
    ),
    "53 a reference from where it stands": (
        {"D/realm/instances/default.yaml": "key: d\nk8s:\n  namespace: realm-${../key}"},
        {"realm": {"instances": {"default": {"key": "d", "k8s": {"namespace": "realm-d"}}}}},
    ),
    "54 defaults see what an environment says": (
        {"D/r.yaml": "h: default\nu: x-${r.h}", "E/r.yaml": "h: env"},
        {"r": {"h": "env", "u": "x-env"}},
    ),
    "55 what is no reference": (
        {"D/r.yaml": 'a: "${a b}"\nb: "$a"\nc: "${}"\nd: "${open"'},
        {"r": {"a": "${a b}", "b": "$a", "c": "${}", "d": "${open"}},
    ),
    "55 text with dollar signs is not touched": (
        {"D/r.yaml": "p: p$$w$&\nu: x${r.p}"},
        {"r": {"p": "p$$w$&", "u": "xp$$w$&"}},
    ),
    "60 scalars": (
        {"D/r.yaml": 'a: yes\nb: on\nc: True\nd: 010\ne: 0o10\nf: 1_000\ng: 1e3\nh: 12:30\ni: ~\nj: "6379"\nk: 6379'},
        {
            "r": {
                "a": "yes",
                "b": "on",
                "c": True,
                "d": 10,
                "e": 8,
                "f": "1_000",
                "g": 1000,
                "h": "12:30",
                "i": None,
                "j": "6379",
                "k": 6379,
            }
        },
    ),
    "60 further scalars": (
        {"D/r.yaml": "a: 0x1F\nb: 0b11\nc: +.5\nd: -.5\ne: =\nf: 12345678901234567890\ng: 2020-01-02\nh: <<"},
        {
            "r": {
                "a": 31,
                "b": 3,
                "c": "+.5",
                "d": "-.5",
                "e": "=",
                "f": 12345678901234567168,
                "g": {},
                "h": "<<",
            }
        },
    ),
    "61 passwords": (
        {"D/r.yaml": "a: 12345\nb: 0123\nc: 1e10\nd: null\ne: p#x\nf: p #x"},
        {"r": {"a": 12345, "b": 123, "c": 10_000_000_000, "d": None, "e": "p#x", "f": "p"}},
    ),
    "62 paths of Windows": (
        {
            "D/r.yaml": "a: C:\\Program Files\\Memurai\\memurai.exe\nb: 'C:\\Program Files'\n"
            'c: "C:\\\\Program Files\\\\Memurai"'
        },
        {
            "r": {
                "a": "C:\\Program Files\\Memurai\\memurai.exe",
                "b": "C:\\Program Files",
                "c": "C:\\Program Files\\Memurai",
            }
        },
    ),
    "merge keys": (
        {"D/r.yaml": "base: &b {x: 1, y: 2}\no:\n  y: 3\n  <<: *b"},
        {"r": {"base": {"x": 1, "y": 2}, "o": {"y": 3, "x": 1}}},
    ),
    "a byte order mark and line ends of Windows": ({"D/r.yaml": "\ufeffa: 1\r\nb: 2\r\n"}, {"r": {"a": 1, "b": 2}}),
    "json with comments": ({"D/r.jsonc": '{"a": 1, /* c */ "b": [1,2],}'}, {"r": {"a": 1, "b": [1, 2]}}),
    "json5": (
        {"D/r.json5": "{a: 1, 'b': [1,], // c\n x: .5, y: +1, h: 0xF}"},
        {"r": {"a": 1, "b": [1], "x": 0.5, "y": 1, "h": 15}},
    ),
}


@pytest.mark.parametrize("case", LAYOUT)
def test_whole_values(tmp_path: Path, case: str) -> None:
    files, whole = LAYOUT[case]
    environ = {} if any(name.startswith("E/") for name in files) else {"NODE_CONFIG_ENV": ""}
    configuration = read(write(tmp_path, files), **environ)
    assert plain(configuration.values) == whole
    assert configuration.remarks == []


ERRORS: dict[str, tuple[Files, str]] = {
    "24 parentNames is text": ({"E": {}, "E/_config.json": {"parentNames": "b"}}, "not a single string"),
    "24 parentNames holds numbers": ({"E/_config.json": {"parentNames": [1]}}, "array of strings"),
    "25 a comment": ({"E/_config.json": '{"parentNames": ["b"]} // c'}, "_config.json, line 1: invalid JSON"),
    "25 a trailing comma": ({"E/_config.json": '{"parentNames": ["b"],}'}, "_config.json, line 1: invalid JSON"),
    "25 an empty file": ({"E/_config.json": ""}, "_config.json, line 1: invalid JSON"),
    "23 a circle of names with slashes": (
        {"config/e": ["t/q"], "config/t/q": ["t/q"]},
        "whose name has a slash, inherits from itself",
    ),
    "28 a file instead of a folder": ({"D/r.yaml": "", "config/e": "x"}, "cannot read the folder"),
    "31 a comment in config-settings.json": ({"config-settings.json": "{} // c", "D/r.yaml": ""}, "config-settings"),
    "31 a byte order mark in config-settings.json": (
        {"config-settings.json": b"\xef\xbb\xbf{}", "D/r.yaml": ""},
        "config-settings.json",
    ),
    "52 a reference to nothing": ({"D/r.yaml": "a: ${nope.x}"}, "could not find value for key nope.x"),
    "52 references in a circle": ({"D/r.yaml": "a: ${r.b}\nb: ${r.a}"}, "go in a circle"),
    "52 a reference below null": ({"D/r.yaml": "n: null\na: ${r.n.x}"}, "could not find value for key r.n.x"),
    "53 a relative reference at the root": ({"D/_index.yaml": "a: 1\nb: ${./a}"}, "${./a} leads nowhere"),
    "54 a bare name is no sibling": ({"D/r.yaml": "a: 1\nb: ${a}"}, "${a} leads nowhere"),
    "55 environment variables are not substituted": ({"D/r.yaml": 'a: "${PATH}"'}, "${PATH} leads nowhere"),
    "62 escapes in quotes": ({"D/r.yaml": 'path: "C:\\Program Files\\Memurai"'}, "r.yaml, line 1: "),
    "63 a duplicate key": ({"D/r.yaml": "b: 0\na: 1\na: 2"}, "r.yaml, line 3: duplicated mapping key 'a'"),
    "63 two documents": ({"D/r.yaml": "a: 1\n---\nb: 2"}, "r.yaml, line 2: but found another document"),
    "63 a tab": ({"D/r.yaml": "a:\n\tb: 1"}, "r.yaml, line 2: "),
    "63 an unknown tag": ({"D/r.yaml": "a: !custom 1"}, "r.yaml, line 1: unknown tag"),
    "63 an open bracket": ({"D/r.yaml": "a: [1"}, "r.yaml, line "),
    "63 a plain scalar with a percent sign": ({"D/r.yaml": "a: %x"}, "r.yaml, line 1: "),
    "63 a tag that does not fit": ({"D/r.yaml": "a: !!int x"}, "explicit tag"),
    "json with a comment": ({"D/r.json": '{"a": 1} // c'}, "r.json, line 1: invalid JSON"),
    "json with a byte order mark": ({"D/r.json": b"\xef\xbb\xbf{}"}, "r.json"),
    "json with NaN": ({"D/r.json": '{"a": NaN}'}, "r.json: NaN is no JSON"),
    "json5 cut off": ({"D/r.json5": "{a: "}, "r.json5, line 1: invalid JSON5"),
    "an endless nesting": ({"D/r.yaml": "a: " + "[" * 20_000}, "r.yaml"),
    "a bad environment file": ({"D/r.yaml": "", "config/environment.yaml": "a: ["}, "environment.yaml, line"),
    "a bad override": ({"D/r.yaml": "", "config/override.json": "{"}, "override.json, line 1"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(tmp_path: Path, case: str) -> None:
    files, reason = ERRORS[case]
    root = write(tmp_path, {name: content for name, content in files.items() if name != "E"})
    with pytest.raises(SettingsError) as caught:
        read(root)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def wrote(*environments: str) -> Files:
    """Give each environment a value that tells who wrote it last."""
    return {f"config/{name}/r.yaml": f"v: {name}" for name in environments}


WRITERS: dict[str, tuple[Files, dict[str, str], str, int]] = {
    "20 nothing said": (wrote("default"), {"NODE_CONFIG_ENV": ""}, "default", 0),
    "20 an environment that is not there": (wrote("default"), {"NODE_CONFIG_ENV": "nope"}, "default", 1),
    "20 the same in silence": (
        wrote("default"),
        {"NODE_CONFIG_ENV": "nope", "NODE_CONFIG_SKIP_ENV_WARNING": "true"},
        "default",
        0,
    ),
    "21 a parent's parent": (
        {
            **wrote("default", "kubernetes", "staging"),
            "config/staging": ["kubernetes"],
            "config/production": ["staging"],
        },
        {"NODE_CONFIG_ENV": "production"},
        "staging",
        0,
    ),
    "22 the later parent": ({**wrote("default", "a", "b"), "config/e": ["a", "b"]}, {}, "b", 0),
    "22 a common parent stands where it came first": (
        {**wrote("default", "a", "base"), "config/a": ["base"], "config/b": ["base"], "config/e": ["a", "b"]},
        {},
        "a",
        0,
    ),
    "22 a parent that came already": (
        {**wrote("default", "a", "base"), "config/a": ["base"], "config/e": ["a", "base"]},
        {},
        "a",
        0,
    ),
    "23 a parent that is not there": ({**wrote("default", "b"), "config/e": ["missing", "b"]}, {}, "b", 1),
    "23 a circle": (
        {**wrote("default", "a", "b"), "config/a": ["b"], "config/b": ["a"]},
        {"NODE_CONFIG_ENV": "a"},
        "a",
        0,
    ),
    "23 its own parent": ({**wrote("default", "a"), "config/a": ["a"]}, {"NODE_CONFIG_ENV": "a"}, "a", 0),
    "23 default as a parent": ({**wrote("default", "b"), "config/e": ["b", "default"]}, {}, "b", 0),
    "24 null": ({**wrote("default", "e"), "E/_config.json": '{"parentNames": null}'}, {}, "e", 0),
    "25 settings in yaml": ({**wrote("default", "b"), "E/_config.yaml": "parentNames: [b]"}, {}, "default", 0),
    "25 settings in jsonc": ({**wrote("default", "b"), "E/_config.jsonc": '{"parentNames": ["b"]}'}, {}, "default", 0),
    "26 config.json": ({**wrote("default", "b"), "E/config.json": {"parentNames": ["b"]}}, {}, "b", 0),
    "26 _config.json beats config.json": (
        {**wrote("default", "a", "b"), "E/config.json": {"parentNames": ["b"]}, "config/e": ["a"]},
        {},
        "a",
        0,
    ),
    "27 parents of default, another environment": (
        {**wrote("default", "b"), "config/default": ["b"], "E/x.yaml": "y: 1"},
        {},
        "default",
        0,
    ),
    "27 parents of default": (
        {**wrote("default", "b"), "config/default": ["b"]},
        {"NODE_CONFIG_ENV": "default"},
        "default",
        0,
    ),
    "30 config-settings.json": (
        {
            "config/node/test/r.yaml": "v: test",
            "config-settings.json": {"defaults": {"dir": "config/node", "env": "test"}},
        },
        {"NODE_CONFIG_ENV": ""},
        "test",
        0,
    ),
    "30 the environment variable beats it": (
        {
            "config/node/x/r.yaml": "v: x",
            "config-settings.json": {"defaults": {"dir": "config/node", "env": "test"}},
        },
        {"NODE_CONFIG_ENV": "x"},
        "x",
        0,
    ),
    "30 NODE_CONFIG_DIR": (
        {"other/test/r.yaml": "v: other", "config-settings.json": {"defaults": {"dir": "config/node", "env": "test"}}},
        {"NODE_CONFIG_ENV": "", "NODE_CONFIG_DIR": "other"},
        "other",
        0,
    ),
    "30 NODE_CONFIG_DIR that is the current folder": (
        {**wrote("default"), "default/r.yaml": "v: here"},
        {"NODE_CONFIG_ENV": "", "NODE_CONFIG_DIR": "."},
        "default",
        0,
    ),
    "30 Redwood's own folder without any settings": (
        {"config/node/default/r.yaml": "v: redwood", **wrote("default")},
        {"NODE_CONFIG_ENV": ""},
        "redwood",
        0,
    ),
    "32 the first extra folder": (
        {
            "config-settings.json": {"extraDirs": ["p1", "p2"]},
            **wrote("default"),
            "p1/g/r.yaml": "v: p1",
            "p2/g/r.yaml": "v: p2",
        },
        {"NODE_CONFIG_ENV": "g"},
        "p1",
        0,
    ),
    "32 the configuration folder comes first": (
        {"config-settings.json": {"extraDirs": ["p1"]}, **wrote("default", "g"), "p1/g/other.yaml": "x: 1"},
        {"NODE_CONFIG_ENV": "g"},
        "g",
        0,
    ),
    "32 an extra folder that is not there": (
        {"config-settings.json": {"extraDirs": ["none"]}, **wrote("default", "g")},
        {"NODE_CONFIG_ENV": "g"},
        "g",
        0,
    ),
    "33 parents here and there": (
        {
            "config-settings.json": {"extraDirs": ["p1"]},
            **wrote("default", "kubernetes"),
            "p1/g/r.yaml": "v: g",
            "p1/gk": ["kubernetes", "g"],
        },
        {"NODE_CONFIG_ENV": "gk"},
        "g",
        0,
    ),
    "34 override.json": ({**wrote("default", "e"), "config/override.json": {"r": {"v": "o"}}}, {}, "o", 0),
    "34 override.yaml": ({**wrote("default", "e"), "config/override.yaml": "r: {v: o}"}, {}, "e", 0),
    "34 overridePath": (
        {
            **wrote("default", "e"),
            "config/override.json": {"r": {"v": "o"}},
            "my/o.yaml": "r: {v: mine}",
            "config-settings.json": {"overridePath": "my/o.yaml"},
        },
        {},
        "mine",
        0,
    ),
    "35 overridePath that is not there": (
        {
            **wrote("default", "e"),
            "config/override.json": {"r": {"v": "o"}},
            "config-settings.json": {"overridePath": "none.json"},
        },
        {},
        "o",
        0,
    ),
    "35 other files beside the environments": (
        {**wrote("default"), "config/stray.yaml": "r: {v: s}", "config/environment.yaml": "X: r.v"},
        {"NODE_CONFIG_ENV": ""},
        "default",
        0,
    ),
    "36 environment variables": (
        wrote("default"),
        {"NODE_CONFIG_ENV": "", "R_V": "z", "NODE_CONFIG": '{"r":{"v":"z"}}', "r__v": "z"},
        "default",
        0,
    ),
    "a name with a slash": (wrote("default", "team/e"), {"NODE_CONFIG_ENV": "team/e"}, "team/e", 0),
    "42 both forms, hyphens later": ({"D/r.yaml": "myKey: c\nv: c", "E/r.yaml": "my-key: k"}, {}, "c", 1),
}


@pytest.mark.parametrize("case", WRITERS)
def test_last_writer(tmp_path: Path, case: str) -> None:
    files, environ, writer, remarks = WRITERS[case]
    configuration = read(write(tmp_path, files), **environ)
    assert configuration.get("r.v") == writer
    assert len(configuration.remarks) == remarks


@pytest.mark.parametrize(
    ("here", "there", "value", "remarks"),
    [("myKey: c", "my-key: k", "c", 1), ("my-key: k", "myKey: c", "c", 1), ("my-key: 1", "my-key: 2", 2, 0)],
)
def test_42_both_forms_of_a_name(tmp_path: Path, here: str, there: str, value: Any, remarks: int) -> None:
    configuration = read(write(tmp_path, {"D/r.yaml": here, "E/r.yaml": there}))
    assert configuration.get("r.myKey") == value
    assert len(configuration.remarks) == remarks


def test_07_files_that_are_passed_over(tmp_path: Path) -> None:
    files = {"D/redis.local.yaml": "a: 1", "D/README.md": "# x", "D/plain": "x", "E/r.yaml": ""}
    configuration = read(write(tmp_path, files))
    assert plain(configuration.values) == {"README": {}, "r": {}}
    names = {remark.split(" is ")[0].rsplit(os.sep, 1)[1] for remark in configuration.remarks}
    assert names == {"README.md", "plain", "redis.local.yaml"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links(tmp_path: Path) -> None:
    root = write(tmp_path, {"real/r.yaml": "v: linked", "D/r.yaml": "v: default"})
    (root / "config" / "e").symlink_to(root / "real")
    (root / "config" / "default" / "folder").symlink_to(root / "real")
    (root / "config" / "default" / "file.yaml").symlink_to(root / "real" / "r.yaml")
    assert values(root) == {"r": {"v": "linked"}, "file": {"v": "linked"}}


def test_26_an_environment_s_settings_are_data_too(tmp_path: Path) -> None:
    root = write(tmp_path, {"config/e": ["b"], "config/b": ["a"], "config/a/r.yaml": "v: a"})
    assert values(root) == {"r": {"v": "a"}, "_config": {"parentNames": ["b"]}}


def test_28_no_configuration_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no configuration folder"):
        read(tmp_path)


def test_31_settings_are_not_looked_for_further_up(tmp_path: Path) -> None:
    write(tmp_path, {"config-settings.json": {"defaults": {"env": "x"}}, "below/config/default/r.yaml": "v: d"})
    assert read(tmp_path / "below", NODE_CONFIG_ENV="").get("r.v") == "d"


def test_41_look_ups_take_both_forms(tmp_path: Path) -> None:
    configuration = read(write(tmp_path, {"D/my-dir/my-file.yaml": "my-key: 1", "E/x.yaml": ""}))
    assert configuration.get("my-dir.my-file.my-key") == configuration.get("myDir.myFile.myKey") == 1
    with pytest.raises(SettingsError, match=r"Could not find value for key mydir\.x"):
        configuration.get("mydir.x")


@pytest.mark.parametrize(
    ("casing", "keys"), [("original", {"my-key"}), ("camel", {"myKey"}), ("both", {"my-key", "myKey"})]
)
def test_casing_of_the_selected_environment(tmp_path: Path, casing: str, keys: set[str]) -> None:
    files: Files = {
        "D/r.yaml": "my-key: 1",
        "E/_config.json": {"variableCasing": casing, "parentNames": ["p"]},
        "config/p/_config.json": {"variableCasing": "original"},
    }
    assert set(values(write(tmp_path, files))["r"]) == keys


SECRETS = b'pw = a=b c\nempty=\nquoted="v"\n# hidden=x\n\n'


def with_secrets(root: Path, value: str, provider: str = "local") -> str:
    files: Files = {
        ".secrets": SECRETS,
        "E/r.yaml": f"p: {value}\nu: redis://:${{r.p}}@h",
        "E/secrets.yaml": f"provider: {provider}\ncache-duration-seconds: 5",
    }
    configuration = read(write(root, files))
    return configuration.secrets().reveal(configuration.get("r.p"))


@pytest.mark.parametrize(
    ("value", "revealed"),
    [
        ("secret|pw", "a=b c"),
        ("secret|quoted", '"v"'),
        ("x(secret|pw)y(secret|quoted)", 'xa=b cy"v"'),
        ("a secret|pw", "a secret|pw"),
        ("plain", "plain"),
    ],
)
def test_70_secrets(tmp_path: Path, value: str, revealed: str) -> None:
    assert with_secrets(tmp_path, value) == revealed


def test_70_a_secret_in_a_reference(tmp_path: Path) -> None:
    with_secrets(tmp_path, "secret|pw")
    configuration = read(tmp_path)
    assert configuration.get("r.u") == "redis://:(secret|pw)@h"
    assert configuration.secrets().reveal(configuration.get("r.u")) == "redis://:a=b c@h"


@pytest.mark.parametrize("name", ["none", "empty", "hidden"])
def test_71_secrets_that_are_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"\.secrets: no secret found with name: {name}"):
        with_secrets(tmp_path, f"secret|{name}")


def test_71_no_file_of_secrets(tmp_path: Path) -> None:
    configuration = read(write(tmp_path, {"E/secrets.yaml": "provider: local\nlocal:\n  file-path: my.secrets"}))
    with pytest.raises(SettingsError, match=r"cannot read the secrets file .*my\.secrets"):
        configuration.secrets().reveal("secret|pw")


def test_71_no_provider(tmp_path: Path) -> None:
    assert with_secrets(tmp_path, "secret|pw", "none") == "secret|pw"
    configuration = read(write(tmp_path / "other", {"E/r.yaml": "p: secret|pw"}))
    assert configuration.secrets().reveal("secret|pw") == "secret|pw"


@pytest.mark.parametrize("provider", ["vault", "aws-secrets-manager", "azure-key-vault", "gcp-secret-manager", "junk"])
def test_72_other_providers_fail_when_they_are_needed(tmp_path: Path, provider: str) -> None:
    assert with_secrets(tmp_path, "no secret", provider) == "no secret"
    with pytest.raises(SettingsError, match=provider):
        with_secrets(tmp_path, "secret|pw", provider)
