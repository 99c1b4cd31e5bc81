import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

/// What comes of a document: all that QEMU and its helpers are told, or what is said of it.
enum Outcome {
    /// It can't be read: nothing is said of what its settings do.
    case unreadable([String])
    case refused([String])
    case planned(pieces: Set<Piece>, warnings: Set<String>)

    /// One option, command or program with all that belongs to it.
    struct Piece: Hashable {
        /// What people call it: `-device`, `set_link`, `swtpm`.
        var label: String
        /// What tells it from others of its label.
        var identity: String
        var members: [String: String]
    }
}

/// Plans documents for emulators whose answers are recorded, on a host that has a bit of everything.
struct OutcomeMaker {
    private let recordings: [String: Capabilities]

    init() throws {
        recordings = try Dictionary(
            uniqueKeysWithValues: RecordedQEMU.names.map { name in
                (name, try RecordedQEMU.capabilities(name, isExtended: true))
            })
    }

    /// The rules of reading: what they find says nothing of what a setting does.
    private static let rulesOfReading: Set<String> = [
        "invalid-value", "missing-attribute", "missing-element", "unknown-attribute", "unknown-element",
        "duplicate-element", "stray-text", "number-too-large", "wrong-root",
    ]

    func outcome(_ tree: XMLTree) -> Outcome { outcome(Array(tree.markup.utf8)) }

    func outcome(_ document: [UInt8]) -> Outcome {
        do throws(VMError) {
            let reading = try Domain.read(document, file: "-", options: .strict).validated()
            let errors = reading.diagnostics.filter { $0.severity == .error }
            if errors.contains(where: { Self.rulesOfReading.contains($0.rule) }) {
                return .unreadable(errors.map(\.message))
            }
            if !errors.isEmpty { return .refused(errors.map(\.message)) }
            var warnings = Set(reading.diagnostics.map(\.message))
            warnings.formUnion(IgnoredSettings.diagnostics(reading.value).map(\.message))
            return try planned(reading.value, warnings)
        } catch {
            return .refused([error.message])
        }
    }

    private func planned(_ domain: Domain, _ warnings: Set<String>) throws(VMError) -> Outcome {
        let emulator = RecordedQEMU.name(
            architecture: domain.os.type?.arch ?? "x86_64", emulator: domain.devices.emulator)
        guard let capabilities = recordings[emulator] else { return .unreadable(["no emulator"]) }
        let host = Self.host
        let complete = try Planner.complete(domain, capabilities: capabilities, host: host)
        let prepared = try Planner.prepare(complete, capabilities: capabilities, host: host)
        let unmet = LaunchNeeds.unmet(prepared)
        guard unmet.isEmpty else { return .refused(unmet.map(\.message)) }
        let line = try CommandLine.build(prepared, capabilities: capabilities, host: host)
        let helpers = HelperPlanner.plan(prepared, host: host)
        guard helpers.problems.isEmpty else { return .refused(helpers.problems.map(\.message)) }
        var pieces = line.options.map { Self.piece($0) }
        pieces.append(Outcome.Piece(label: "emulator", identity: "", members: ["": prepared.devices.emulator ?? ""]))
        pieces += try prepared.settings(isRestored: false).map { call in
            Outcome.Piece(
                label: call.command, identity: call.arguments["id"]?.string ?? call.arguments["name"]?.string ?? "",
                members: Self.texts(call.arguments))
        }
        pieces += (prepared.impliedVariables + prepared.givenVariables).map { variable in
            Outcome.Piece(label: "environment", identity: variable.name, members: [variable.name: variable.value])
        }
        pieces += helpers.plans.map { plan in
            Outcome.Piece(label: plan.program, identity: plan.device, members: ["": "\(plan)"])
        }
        return .planned(pieces: Set(pieces), warnings: warnings)
    }

    private static func piece(_ option: QEMUOption) -> Outcome.Piece {
        var members: [String: String]
        switch option.body {
        case .flag: members = [:]
        case .word(let word): members = ["": word]
        case .properties(let properties): members = texts(properties)
        }
        if let secret = option.secret { members["data"] = "\(secret)" }
        return Outcome.Piece(
            label: "-" + option.name.rawValue, identity: option.id ?? option["driver"]?.string ?? "", members: members)
    }

    private static func texts(_ properties: JSONObject) -> [String: String] {
        Dictionary(properties.members.map { ($0.key, "\($0.value)") }) { first, _ in first }
    }

    private static let host: HostFacts = {
        var host = HostFacts()
        host.folders.machine = "/run/effects"
        host.folders.nvram = "/var/nvram"
        host.folders.channels = "/run/channels"
        host.folders.memory = "/var/memory"
        host.folders.tpm = "/var/tpm"
        host.folders.logs = "/var/log"
        host.folders.passt = "/run/passt"
        host.clock = (1_000_000_000, 3600)
        host.numaNodes = [0, 1]
        host.automaticNodes = "0"
        host.hugePages = [
            HostFacts.HugePages(mount: "/dev/hugepages", sizeKiB: 2048, isDefault: true),
            HostFacts.HugePages(mount: "/dev/hugepages1G", sizeKiB: 1 << 20, isDefault: false),
        ]
        host.renderNode = "/dev/dri/renderD128"
        host.scsiGenericNodes = ["*": "/dev/sg9", "scsi_host0:0:0:0": "/dev/sg0"]
        host.vsockCID = 4
        host.programs.swtpm = "/usr/bin/swtpm"
        host.programs.swtpmSetup = "/usr/bin/swtpm_setup"
        host.programs.passt = "/usr/bin/passt"
        host.programs.virtiofsd = "/usr/libexec/virtiofsd"
        host.programs.virtiofsdFeatures = ["/usr/libexec/virtiofsd": ["separate-options"]]
        host.firmware = firmware.compactMap { text in
            (try? JSONParser.parse(Array(text.utf8))).flatMap { FirmwareDescriptor($0) }
        }
        return host
    }()

    /// Firmware with secure boot and keys, with secure boot alone, and without.
    private static let firmware = [
        (#", "requires-smm", "secure-boot", "enrolled-keys""#, "4m.ms"),
        (#", "requires-smm", "secure-boot""#, "4m.secboot"),
        ("", "4m"),
    ].map { features, name in
        """
        {"interface-types": ["uefi"], "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}],
         "features": ["acpi-s3"\(features)],
         "mapping": {"device": "flash", "mode": "split",
          "executable": {"filename": "/firmware/code.\(name).fd", "format": "raw"},
          "nvram-template": {"filename": "/firmware/vars.\(name).fd", "format": "raw"}}}
        """
    }
}
