#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""install and doctor with a home of their own: what is put where, that tshark finds it there, what
doctor says about what is wrong, and that nothing is left afterwards."""
import glob
import os
import re
import shutil
import stat
import subprocess
import sys

import plugin_support as support
from plugin_support import check, check_equal

NOBODY = 65534
PROFILE = "Console IPC"
FILES = {"colorfilters", "dfilter_buttons", "io_graphs", "preferences", "recent"}


class Home:
    """A home, and a copy of the program with what lies beside it; its owner is not root."""

    def __init__(self, directory, name):
        self.path = os.path.join(directory, name)
        self.tools = os.path.join(self.path, "tools")
        os.makedirs(self.path)
        if os.getuid() == 0:
            os.chown(self.path, NOBODY, NOBODY)
        tree = os.path.join(directory, "tree")
        self.program = os.path.join(tree, "bin", "ipcshark")
        if not os.path.exists(tree):
            os.makedirs(os.path.join(tree, "bin"))
            shutil.copy(os.path.join(support.BUILD, "bin", "ipcshark"), self.program)
            for folder in ("plugins", "share"):
                shutil.copytree(os.path.join(support.BUILD, folder), os.path.join(tree, folder))

    def run(self, *command, environment=None, as_root=False):
        """Status and both outputs of a command in this home, never as root unless asked for."""
        drop = []
        if os.getuid() == 0 and not as_root:
            drop = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
        clean = {key: value for key, value in os.environ.items()
                 if not key.startswith(("WIRESHARK_", "XDG_"))}
        path = self.tools + ":" + clean["PATH"] if os.path.isdir(self.tools) else clean["PATH"]
        done = subprocess.run([*drop, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, check=False, cwd="/",
                              env={**clean, "HOME": self.path, "PATH": path,
                                   **(environment or {})})
        return done.returncode, done.stdout

    def ipcshark(self, *arguments, status=0, **options):
        found, output = self.run(self.program, *arguments, **options)
        check_equal(found, status, "status of ipcshark %s: %s" % (" ".join(arguments), output))
        return output

    def files(self):
        """All files but the tools and what Wireshark itself makes."""
        return {os.path.relpath(os.path.join(folder, name), self.path)
                for folder, _, names in os.walk(self.path) for name in names
                if not folder.startswith(self.tools)}

    def tool(self, name, text):
        """A program that stands first in PATH."""
        os.makedirs(self.tools, exist_ok=True)
        path = os.path.join(self.tools, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def write(self, path, data):
        path = os.path.join(self.path, path)
        self.run("mkdir", "-p", os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(data)
        return path


def minor_version():
    return os.listdir(os.path.join(support.BUILD, "plugins"))[0]


def plugin_path():
    return ".local/lib/wireshark/plugins/%s/epan/ipcshark.so" % minor_version()


def helper_path():
    """4.0 looks below the configuration folder."""
    folder = ".config/wireshark" if minor_version() == "4.0" else ".local/lib/wireshark"
    return folder + "/extcap/ipcshark"


def profile_paths():
    return {".config/wireshark/profiles/%s/%s" % (PROFILE, name) for name in FILES}


def says(output, *texts):
    for text in texts:
        check(text in output, "\"%s\" is not in: %s" % (text, output))


def test_install(directory):
    home = Home(directory, "user")
    says(home.ipcshark("doctor", status=1), "the plugin is not installed",
         "the capture helper is not installed", "to mend it: ipcshark install", "2 problems")
    says(home.ipcshark("install", "--dry-run"), plugin_path() + ": would be written")
    check_equal(home.files(), set(), "files after a dry run")

    says(home.ipcshark("install"), plugin_path() + ": written", helper_path() + ": written")
    expected = {plugin_path(), helper_path(), ".local/share/ipcshark/installed"} | profile_paths()
    check_equal(home.files(), expected, "files installed")
    mode = stat.S_IMODE(os.stat(os.path.join(home.path, helper_path())).st_mode)
    check_equal(mode, 0o755, "permissions of the helper")
    says(home.ipcshark("doctor"), "Wireshark loads the plugin", "lists the interfaces",
         "packets of link type 252 with the tag \"ipctap\" reach the plugin", "No problems")
    says(home.ipcshark("install"), plugin_path() + ": is there already")
    tshark_finds_it(home)

    disabled = home.write(".config/wireshark/disabled_protos", b"ipctap\n")
    says(home.ipcshark("doctor", status=1), "do not reach the plugin (seen: ",
         "disabled_protos", "1 problem.")
    os.unlink(disabled)
    mapped = home.write(".config/wireshark/user_dlts",
                        b"\"User 1 (DLT=148)\",\"data\",\"0\",\"\",\"0\",\"\"\n")
    says(home.ipcshark("doctor"), "user_dlts maps link types 147 or 148", "No problems")
    os.unlink(mapped)

    home.ipcshark("install", "--uninstall", "--dry-run")
    check_equal(home.files(), expected, "files after a dry run of --uninstall")
    home.ipcshark("install", "--uninstall")
    check_equal(home.files(), set(), "files left")
    check(not os.path.exists(os.path.join(home.path, ".local")), "folders are left")
    says(home.ipcshark("install", "--uninstall"), "Nothing is installed")


def tshark_finds_it(home):
    """Live packets, dissected, in the profile's columns."""
    status, output = home.run("tshark", "-Q", "-C", PROFILE, "-l", "-n", "-P", "-i",
                              "ipcshark-demo", "-a", "packets:12", "-o",
                              "extcap.ipcshark_demo.scenario:horizon-files")
    check_equal(status, 0, "status of tshark: " + output)
    status, output = home.run("tshark", "-G", "currentprefs", "-C", PROFILE)
    says(output, "ipctap.time")


def test_profile_is_understood(directory):
    """Wireshark only says on standard error what it could not read of a profile."""
    home = Home(directory, "profile")
    home.ipcshark("install")
    capture = os.path.join(home.path, "demo.pcapng")
    home.run("tshark", "-Q", "-i", "ipcshark-demo", "-w", capture, "-o",
             "extcap.ipcshark_demo.scenario:horizon-tipc", "-o", "extcap.ipcshark_demo.rounds:1")
    status, output = home.run("tshark", "-C", PROFILE, "-r", capture)
    check_equal(status, 0, "status of tshark: " + output)
    check("arning" not in output and "rror" not in output, "tshark complains: " + output)
    found = filters(home)
    check(len(found) > 20, "%d filters" % len(found))
    everything = "(%s)" % ") || (".join(found.values())
    common = " && ".join("(%s)" % found[name] for name in ("Client's side", "System//Switch",
                                                           "Calls", "Kernel call"))
    for text in (everything, common):
        status, output = home.run("tshark", "-C", PROFILE, "-r", capture, "-Y", text)
        check(status == 0 and output and "arning" not in output, text + ": " + output)


def filters(home):
    """The filters of colours, buttons and graphs, by name."""
    folder = os.path.join(home.path, ".config/wireshark/profiles", PROFILE)
    found = {}
    with open(os.path.join(folder, "colorfilters"), encoding="utf-8") as file:
        found.update(line.split("@")[1:3] for line in file)
    for name in ("dfilter_buttons", "io_graphs"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found.update(line.split('","')[1:3] for line in file)
    return found


def test_changed_files(directory):
    home = Home(directory, "changed")
    home.ipcshark("install")
    preferences = os.path.join(home.path, ".config/wireshark/profiles", PROFILE, "preferences")
    with open(preferences, "a", encoding="utf-8") as file:
        file.write("gui.window_title: mine\n")
    with open(os.path.join(home.path, plugin_path()), "ab") as file:
        file.write(b"older")
    says(home.ipcshark("doctor", status=1), "another build")
    says(home.ipcshark("install"), "preferences: kept, you have changed it",
         plugin_path() + ": replaced")
    home.ipcshark("doctor")
    says(home.ipcshark("install", "--uninstall"), "preferences: kept", "something else is in it")
    check_equal(home.files(), {os.path.relpath(preferences, home.path)}, "files left")


def rewritten(text):
    """A file of preferences as Wireshark writes it: all settings, those that are not changed behind #."""
    settings = re.split(r"\n(?![\t\n])", "\n".join(line for line in text.split("\n") if line[:1] != "#"))
    return "\n\n".join(["# Configuration file for Wireshark 4.0.17.", "#gui.fileopen.preview: 3",
                        "gui.qt.font_name: DejaVu Sans Mono,9,-1,5,50,0,0,0,0,0",
                        *reversed(settings)]) + "\n"


def test_rewritten_by_wireshark(directory):
    """Wireshark writes a profile's `recent` anew whenever it ends, and its preferences when a dialog is
    closed, which is nobody's change."""
    home = Home(directory, "rewritten")
    home.ipcshark("install")
    profile = ".config/wireshark/profiles/%s/" % PROFILE
    recent = home.write(profile + "recent", b"# Recent settings file for Wireshark 4.0.17.\n")
    with open(os.path.join(home.path, profile, "preferences"), encoding="utf-8") as file:
        home.write(profile + "preferences", rewritten(file.read()).encode())
    says(home.ipcshark("install", "--dry-run"), "preferences: would be replaced")
    says(home.ipcshark("install"), "recent: kept, Wireshark has written it anew")
    with open(recent, "rb") as file:
        check(file.read().startswith(b"# Recent settings"), "recent was overwritten")
    with open(os.path.join(home.path, profile, "preferences"), encoding="utf-8") as file:
        home.write(profile + "preferences", rewritten(file.read()).encode())
    says(home.ipcshark("install", "--uninstall", "--dry-run"), "recent: would be removed")
    says(home.ipcshark("install", "--uninstall"), "recent: removed", "preferences: removed")
    check_equal(home.files(), set(), "files left")


def test_wrong_version(directory):
    home = Home(directory, "wrong")
    other = "libwireshark.so.18" if minor_version() != "4.4" else "libwireshark.so.16"
    home.write(plugin_path(), b"\x7fELF..." + other.encode() + b"\0")
    home.write(plugin_path().replace(minor_version(), "3.6"), b"")
    says(home.ipcshark("doctor", status=1), "was built for Wireshark 4.", other,
         "ipcshark install --user", "is for Wireshark 3.6")
    plugin = home.write(plugin_path(), b"nonsense")
    says(home.ipcshark("doctor", status=1), "is no plugin of Wireshark")
    os.chmod(plugin, 0)
    says(home.ipcshark("doctor", status=1), "ipcshark.so cannot be read by you")


def test_copies(directory):
    """A second copy under another name keeps Wireshark from starting."""
    home = Home(directory, "copies")
    home.ipcshark("install")
    copy = plugin_path().replace("ipcshark.so", "ipcshark-old.so")
    with open(os.path.join(home.path, plugin_path()), "rb") as file:
        home.write(copy, file.read())
    says(home.ipcshark("doctor", status=1), "tells no version", "there are 2 plugins of ipcshark's",
         copy, plugin_path(), "remove all of them but one")


def test_helper_trouble(directory):
    home = Home(directory, "helper")
    home.ipcshark("install")
    helper = os.path.join(home.path, helper_path())
    os.chmod(helper, 0o644)
    says(home.ipcshark("doctor", status=1), helper_path() + " cannot be run by you", "1 problem.")
    with open(helper, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho ipcshark 0.0.1\n")
    os.chmod(helper, 0o755)
    says(home.ipcshark("doctor", status=1), "is ipcshark 0.0.1, and this is ipcshark ")


def fake_tshark(home, version, folders):
    home.tool("tshark", """case "$*" in
--version) echo "TShark (Wireshark) %s (Git v%s)." ;;
"-G folders") printf '%s' ;;
"-G plugins") echo "** Couldn't load plugin 'ipcshark.so': it is broken" >&2 ;;
esac
""" % (version, version, "".join("%s:\\t%s\\n" % item for item in folders)))


def test_folders_of_4_4(directory):
    """From 4.2 on the user's extcap folder is listed, beside the plugins."""
    home = Home(directory, "later")
    later = os.path.join(home.path, "later")
    fake_tshark(home, minor_version() + ".9", [
        ("Personal configuration", later + "/config"), ("Global configuration", "/nowhere/share"),
        ("Personal Plugins", later + "/plugins/4.4"), ("Global Plugins", "/nowhere/plugins/4.4"),
        ("Personal Extcap path", later + "/extcap"), ("Global Extcap path", "/nowhere/extcap")])
    home.ipcshark("install")
    expected = {"later/plugins/4.4/epan/ipcshark.so", "later/extcap/ipcshark"}
    check(expected <= home.files(), "files: %s" % home.files())
    says(home.ipcshark("doctor", status=1), "does not load", "it is broken",
         "does not list its interfaces")


def test_missing(directory):
    home = Home(directory, "missing")
    fake_tshark(home, "9.8.7", [
        (who + " " + what, "/nowhere") for who in ("Personal", "Global")
        for what in ("configuration", "Plugins", "Extcap path")])
    text = "plugins for: " + minor_version()
    says(home.ipcshark("install", status=1), "this is Wireshark 9.8.7", text)
    check_equal(home.files(), set(), "files after a refusal")
    says(home.ipcshark("doctor", status=1), "no plugin for Wireshark 9.8")
    home.tool("tshark", "echo 'Duplicate protocol name' >&2; exit 1\n")
    says(home.ipcshark("doctor", status=1), "tells no version: Duplicate protocol name",
         "ipcshark install --uninstall")
    home.ipcshark("install", "--uninstall")
    says(home.ipcshark("doctor", "--tshark", "/nowhere/tshark", status=1), "/nowhere/tshark")
    home.ipcshark("install", "--user", "--system", status=2)
    home.ipcshark("install", "what", status=2)
    home.ipcshark("doctor", "what", status=2)


def test_system(directory):
    """For all users, below DESTDIR: nothing of the machine itself is touched."""
    home = Home(directory, "system")
    destination = {"DESTDIR": os.path.join(home.path, "root")}
    home.ipcshark("install", "--system", environment=destination)
    names = {os.path.basename(path) for path in home.files()}
    check_equal(names, FILES | {"ipcshark.so", "ipcshark", "installed"}, "files")
    check(all(path.startswith("root/") for path in home.files()), "outside of DESTDIR")
    home.ipcshark("install", "--system", "--uninstall", environment=destination)
    check(not os.path.exists(destination["DESTDIR"]), "folders are left")
    if os.getuid() != 0:
        says(home.ipcshark("install", "--system", status=1), "sudo ipcshark install --system")


def test_root(directory):
    """The trap: a user's plugins are installed, and root runs Wireshark."""
    if os.getuid() != 0:
        return
    home = Home(directory, "root")
    says(home.ipcshark("install", "--user", as_root=True), "You are root")
    says(home.ipcshark("doctor", status=1, as_root=True), "you are root",
         "ignores a user's plugins when root runs it", "ipcshark install --system")
    says(home.ipcshark("install", "--dry-run", as_root=True), "for all users")


def has_sanitizers():
    """A stock tshark refuses such a plugin, which is what all of this would then report."""
    plugin = glob.glob(os.path.join(support.BUILD, "plugins", "*", "epan", "ipcshark.so"))[0]
    needed = subprocess.run(["ldd", plugin], stdout=subprocess.PIPE, text=True, check=True).stdout
    return "libasan" in needed or "libubsan" in needed


def main():
    if has_sanitizers():
        print("skipped: the installed plugin needs the sanitizers' libraries")
        sys.exit(77)
    with support.scratch("install") as directory:
        os.chmod(directory, 0o755)
        support.run_tests(globals(), directory)


main()
