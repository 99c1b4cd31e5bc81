internal import QEMULauncher
internal import VMCore
internal import VMJSON
internal import VMManager

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
            let result = try hostCapabilities(invocation)
            return Report(
                .document(result.document.xml), value: .object(result.json),
                names: result.guests.map(\.capabilities.architecture))
        }
    }

    private static func hostCapabilities(_ invocation: Invocation) throws(VMError) -> HostCapabilities {
        let named = invocation.value("emulator").map { InputFile.absolute($0, below: InputFile.workingFolder) }
        let manager = try invocation.manager()
        if let file = invocation.value("replay") {
            let capabilities = try Capabilities.replay(try Files.read(file, limit: 64 << 20))
            let emulator = named ?? Emulators.standardPath(target: capabilities.target)
            return one(emulator, capabilities)
        }
        if let file = invocation.value("record") {
            let emulator = try manager.emulator(named)
            let capabilities = try Capabilities.probe(emulator: emulator) { bytes throws(VMError) in
                try Files.write(bytes, to: file)
            }
            return one(emulator, capabilities)
        }
        return try manager.hostCapabilities(emulator: named)
    }

    private static func one(_ emulator: String, _ capabilities: Capabilities) -> HostCapabilities {
        HostCapabilities(host: HostDescription(), guests: [.init(emulator: emulator, capabilities: capabilities)])
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
            let recorded = try invocation.value("replay").map { file throws(VMError) in
                try Capabilities.replay(try Files.read(file, limit: 64 << 20))
            }
            let result = try invocation.manager().domainCapabilities(
                emulator: invocation.value("emulatorbin").map {
                    InputFile.absolute($0, below: InputFile.workingFolder)
                }, architecture: invocation.value("arch"), machine: invocation.value("machine"),
                type: invocation.value("virttype"), recorded: recorded)
            return Report(.document(result.document.xml), value: .object(result.json), names: [result.machine])
        }
    }
}
