import Foundation
import Testing
import VMCore
import VMJSON

/// Two ordinary users on one host: what one of them leaves where the other may look is never believed.
@Suite(
    .serialized, .enabled(if: geteuid() == 0 && Files.exists("/usr/bin/setpriv"), "needs root and setpriv"),
    .timeLimit(.minutes(40)))
struct TwoUserTests {
    private static let victim: uid_t = 54321
    private static let attacker: uid_t = 54322
    private let folder: String

    init() throws {
        var template = Array("/tmp/vmctl-two-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(folder, 0o1777)
        // The program where both may run it.
        try FileManager.default.copyItem(atPath: Program.executable, toPath: folder + "/vmctl")
        chmod(folder + "/vmctl", 0o755)
    }

    private func remove() {
        try? FileManager.default.removeItem(atPath: folder)
        try? FileManager.default.removeItem(atPath: "/tmp/vmctl-\(Self.victim)")
        try? FileManager.default.removeItem(atPath: "/tmp/vmctl-home-\(Self.victim)")
    }

    private func run(
        _ words: [String], as user: uid_t = victim, environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments =
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", folder + "/vmctl"] + words
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let (output, errors) = (Foundation.Pipe(), Foundation.Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let texts = [output, errors].map {
            String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        process.waitUntilExit()
        return (process.terminationStatus, texts[0], texts[1])
    }

    /// A folder of a user's own.
    private func own(_ name: String, of user: uid_t, mode: mode_t = 0o700) -> String {
        let path = folder + "/" + name
        mkdir(path, mode)
        chmod(path, mode)
        chown(path, user, user)
        return path
    }

    /// What an attacker leaves: a running machine whose helper is a process of the victim's.
    private func plant(_ runtime: String, helper: Int32) throws {
        let uuid = "5e8d10a4-0d4e-4a13-9c2c-7a0c0d4e5f60"
        for place in [runtime, "\(runtime)/\(uuid)", runtime + "/active", runtime + "/names"] { mkdir(place, 0o755) }
        let start = ProcessIdentity.startTime(of: helper) ?? 0
        let process: JSONValue = ["pid": .integer(Int64(helper)), "startTime": JSONValue(start)]
        let state: JSONObject = [
            "name": "bait", "uuid": .string(uuid), "id": 1, "state": "running", "reason": "booted",
            "bootID": .string(hostBootID()), "since": 1, "published": 1, "supervisor": process, "qemu": process,
            "helpers": [["program": "swtpm", "device": "tpm0", "process": process]],
        ]
        try state.description.write(toFile: "\(runtime)/\(uuid)/state.json", atomically: true, encoding: .utf8)
        symlink("../" + uuid, runtime + "/active/1")
        symlink("../" + uuid, runtime + "/names/bait")
        for path in [runtime] + (FileManager.default.subpaths(atPath: runtime) ?? []).map({ runtime + "/" + $0 }) {
            lchown(path, Self.attacker, Self.attacker)
        }
    }

    @Test("without a runtime folder of the user's own nothing is guessed, and what lies in /tmp isn't looked at")
    func noGuess() throws {
        defer { remove() }
        let bystander = try SpawnedProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"]))
        defer { kill(bystander.identity.pid, SIGKILL) }
        try plant("/tmp/vmctl-\(Self.victim)", helper: bystander.identity.pid)
        let home = own("home", of: Self.victim)
        let list = try run(["list"], environment: ["HOME": home])
        #expect(list.status != 0 && list.output.isEmpty)
        #expect(list.errors.contains("enable-linger") && list.errors.contains("VMCTL_HOME"), "\(list.errors)")
        #expect(bystander.identity.isAlive)
        // No home folder: neither in the environment nor in /etc/passwd.
        let runtime = own("runtime", of: Self.victim)
        let homeless = try run(["list"], environment: ["XDG_RUNTIME_DIR": runtime])
        #expect(homeless.status != 0 && homeless.errors.contains("no home folder"), "\(homeless.errors)")
    }

    @Test("a folder of another user is refused by name, whatever variable leads there")
    func foreignFolders() throws {
        defer { remove() }
        let bystander = try SpawnedProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"]))
        defer { kill(bystander.identity.pid, SIGKILL) }
        let theirs = own("theirs", of: Self.attacker, mode: 0o777)
        try plant(theirs + "/run", helper: bystander.identity.pid)
        try plant(theirs + "/vmctl", helper: bystander.identity.pid)
        let home = own("home", of: Self.victim)
        for environment in [
            ["VMCTL_HOME": theirs], ["HOME": home, "XDG_RUNTIME_DIR": theirs],
        ] {
            for verb in [["list"], ["list", "--all"], ["domstate", "bait"], ["destroy", "bait"], ["start", "bait"]] {
                let found = try run(verb, environment: environment)
                #expect(found.status != 0 && !found.output.contains("running"), "\(verb) \(found)")
                #expect(bystander.identity.isAlive)
            }
        }
        let destroyed = try run(["destroy", "bait"], environment: ["VMCTL_HOME": theirs])
        #expect(destroyed.status != 0)
    }

    @Test("planted links and FIFOs hold nobody up, and nothing is written through them")
    func plantedFiles() throws {
        defer { remove() }
        // The attacker can write into the victim's home, which the victim has left open to all.
        let home = own("open", of: Self.victim, mode: 0o777)
        for place in ["config/domains", "state/log", "run", "cache"] {
            try FileManager.default.createDirectory(atPath: home + "/" + place, withIntermediateDirectories: true)
        }
        let target = folder + "/precious"
        try "keep".write(toFile: target, atomically: true, encoding: .utf8)
        chown(target, Self.victim, Self.victim)
        mkfifo(home + "/config/domains/pipe.xml", 0o666)
        symlink(target, home + "/config/domains/link.xml")
        symlink(target, home + "/run/id.lock")
        let list = try run(["list", "--all"], environment: ["VMCTL_HOME": home])
        #expect(list.errors.contains("other users") || list.errors.contains("belongs to user"), "\(list)")
        let document = folder + "/d.xml"
        try "<domain type='qemu'><name>d</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>"
            .write(toFile: document, atomically: true, encoding: .utf8)
        chmod(document, 0o644)
        let define = try run(["define", document], environment: ["VMCTL_HOME": home])
        #expect(define.status != 0, "\(define)")
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "keep")
    }

    @Test("a document's emulator isn't run to check the document, unless the user says so")
    func foreignEmulator() throws {
        defer { remove() }
        let home = own("home", of: Self.victim)
        let ran = folder + "/ran"
        let emulator = folder + "/qemu-system-x86_64"
        try "#!/bin/sh\necho > '\(ran)'\nexec /usr/bin/qemu-system-x86_64 \"$@\"\n"
            .write(toFile: emulator, atomically: true, encoding: .utf8)
        chmod(emulator, 0o755)
        chown(emulator, Self.attacker, Self.attacker)
        let document = folder + "/d.xml"
        try """
        <domain type='qemu'><name>d</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>
        <devices><emulator>\(emulator)</emulator></devices></domain>
        """.write(toFile: document, atomically: true, encoding: .utf8)
        chmod(document, 0o644)
        for verb in ["check", "argv", "define"] {
            let found = try run([verb, document], environment: ["VMCTL_HOME": home])
            #expect(
                found.status != 0 && (found.errors + found.output).contains("--trust-emulator"), "\(verb): \(found)")
        }
        let asked = try run(["domcapabilities", "--emulatorbin", emulator], environment: ["VMCTL_HOME": home])
        #expect(asked.status != 0 && !Files.exists(ran))
        let trusted = try run(["argv", document, "--trust-emulator"], environment: ["VMCTL_HOME": home])
        #expect(trusted.status == 0 && Files.exists(ran), "\(trusted)")
    }
}
