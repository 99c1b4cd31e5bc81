internal import QEMULauncher
internal import VMCore
internal import VMJSON

extension Verb {
    /// `capabilities`: the host and its emulators.
    static var capabilities: Verb {
        Verb(
            "capabilities", group: .launcher, "print what this host and its QEMUs can do, as XML",
            details: """
                Without --emulator all QEMU system emulators of this host are asked. --record writes all that was
                asked and answered into a file, which --replay takes in place of a QEMU, on this host or another.
                """,
            parameters: [
                .option("emulator", "file", "only this emulator", completion: .file),
                .option("record", "file", "ask anew, and write the conversation into this file", completion: .file),
                .option("replay", "file", "a recorded conversation in place of an emulator", completion: .file),
            ],
            exclusive: [["record", "replay"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let result = HostCapabilities(host: HostDescription(), guests: try guests(invocation))
            return Report(
                .raw(result.document.xml), value: .object(result.json),
                names: result.guests.map(\.capabilities.architecture))
        }
    }

    private static func guests(_ invocation: Invocation) throws(VMError) -> [HostCapabilities.Guest] {
        let named = invocation.value("emulator").map { InputFile.absolute($0, below: InputFile.workingFolder) }
        if let file = invocation.value("replay") {
            let capabilities = try Capabilities.replay(try Files.read(file, limit: 64 << 20))
            let emulator = named ?? Emulators.standardPath(target: capabilities.target)
            return [HostCapabilities.Guest(emulator: emulator, capabilities: capabilities)]
        }
        if let file = invocation.value("record") {
            let emulator: String
            if let named { emulator = named } else { emulator = try Emulators.own() }
            let capabilities = try Capabilities.probe(emulator: emulator) { bytes throws(VMError) in
                try Files.write(bytes, to: file, durable: false)
            }
            return [HostCapabilities.Guest(emulator: emulator, capabilities: capabilities)]
        }
        var guests: [HostCapabilities.Guest] = []
        for emulator in named.map({ [$0] }) ?? Emulators.installed() {
            // One that doesn't run keeps the others from being shown only when it was asked for.
            do throws(VMError) {
                let capabilities = try CapabilitiesCache.current.capabilities(of: emulator)
                if named == nil, guests.contains(where: { $0.capabilities.target == capabilities.target }) { continue }
                guests.append(HostCapabilities.Guest(emulator: emulator, capabilities: capabilities))
            } catch {
                if named != nil { throw error }
            }
        }
        return guests
    }
}

extension Verb {
    /// `domcapabilities`: what domains can have.
    static var domcapabilities: Verb {
        Verb(
            "domcapabilities", group: .launcher, "print what domains of a machine type can have, as XML",
            details: """
                Without arguments: the host's own architecture, its default machine, and KVM where it can be used.
                What keeps a CPU model from being used is listed behind it as <blockers>.
                """,
            parameters: [
                .optional("virttype", "string", "qemu, kvm or hvf", completion: .words(["qemu", "kvm", "hvf"])),
                .optional("emulatorbin", "file", "the emulator", completion: .file),
                .optional("arch", "string", "the architecture, for example x86_64"),
                .optional("machine", "string", "the machine type, for example q35"),
                .option("replay", "file", "a recorded conversation in place of an emulator", completion: .file),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (emulator, capabilities) = try emulator(invocation)
            if let architecture = invocation.value("arch"), architecture != capabilities.architecture {
                throw VMError(
                    .invalidArgument,
                    "architecture from emulator '\(capabilities.architecture)' doesn't match given architecture "
                        + "'\(architecture)'")
            }
            var host = try HostFacts.current()
            if host.firmware.isEmpty { host.readFirmware() }
            let result = try DomainCapabilities(
                capabilities, emulator: emulator, machine: invocation.value("machine"),
                type: invocation.value("virttype"), host: host)
            return Report(.raw(result.document.xml), value: .object(result.json), names: [result.machine])
        }
    }

    private static func emulator(_ invocation: Invocation) throws(VMError) -> (String, Capabilities) {
        let named = invocation.value("emulatorbin").map { InputFile.absolute($0, below: InputFile.workingFolder) }
        if let file = invocation.value("replay") {
            let capabilities = try Capabilities.replay(try Files.read(file, limit: 64 << 20))
            return (named ?? Emulators.standardPath(target: capabilities.target), capabilities)
        }
        let path: String
        if let named {
            path = named
        } else if let architecture = invocation.value("arch") {
            path = try Emulators.find(architecture)
        } else {
            path = try Emulators.own()
        }
        return (path, try CapabilitiesCache.current.capabilities(of: path))
    }
}
