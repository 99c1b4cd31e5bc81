import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// Reads devices out of libvirt's documents: canonical ones come back as they were, all are understood.
@Suite(.needs(.corpus))
struct DeviceRoundTripTests {
    @Test("Interfaces come back byte for byte") func interfaces() throws {
        try expectRoundTrip(of: "interface", as: Interface.self)
    }
    @Test("Serial ports come back byte for byte") func serials() throws {
        try expectRoundTrip(of: "serial", as: Serial.self)
    }
    @Test("Parallel ports come back byte for byte") func parallels() throws {
        try expectRoundTrip(of: "parallel", as: Parallel.self)
    }
    @Test("Consoles come back byte for byte") func consoles() throws {
        try expectRoundTrip(of: "console", as: Console.self)
    }
    @Test("Channels come back byte for byte") func channels() throws {
        try expectRoundTrip(of: "channel", as: Channel.self)
    }
    @Test("Smart cards come back byte for byte") func smartcards() throws {
        try expectRoundTrip(of: "smartcard", as: Smartcard.self)
    }
    @Test("Redirected devices come back byte for byte") func redirected() throws {
        try expectRoundTrip(of: "redirdev", as: RedirectedDevice.self)
    }

    @Test("A filter of redirection comes back byte for byte")
    func filter() throws {
        let text = """
            <redirfilter>
              <usbdev class='0x08' vendor='0x15E1' product='0x2007' version='1.10' allow='yes'/>
              <usbdev class='-1' vendor='-1' product='-1' version='-1' allow='no'/>
            </redirfilter>

            """
        let reading = try RedirectionFilter.read(Array(text.utf8), root: "redirfilter")
        #expect(reading.diagnostics.isEmpty)
        #expect(reading.value.write(as: "redirfilter") == text)
    }

    @Test("Hubs come back byte for byte") func hubs() throws { try expectRoundTrip(of: "hub", as: Hub.self) }
    @Test("Inputs come back byte for byte") func inputs() throws { try expectRoundTrip(of: "input", as: Input.self) }
    @Test("Displays come back byte for byte") func graphics() throws {
        try expectRoundTrip(of: "graphics", as: Graphics.self)
    }
    @Test("Sound cards come back byte for byte") func sounds() throws {
        try expectRoundTrip(of: "sound", as: Sound.self)
    }
    @Test("Audio backends come back byte for byte") func audios() throws {
        try expectRoundTrip(of: "audio", as: Audio.self)
    }
    @Test("Graphics cards come back byte for byte") func videos() throws {
        try expectRoundTrip(of: "video", as: Video.self)
    }

    @Test("TPMs come back byte for byte") func tpms() throws { try expectRoundTrip(of: "tpm", as: TPM.self) }
    @Test("Watchdogs come back byte for byte") func watchdogs() throws {
        try expectRoundTrip(of: "watchdog", as: Watchdog.self)
    }
    @Test("Balloons come back byte for byte") func balloons() throws {
        try expectRoundTrip(of: "memballoon", as: MemoryBalloon.self)
    }
    @Test("Random number generators come back byte for byte") func rngs() throws {
        try expectRoundTrip(of: "rng", as: RandomNumberGenerator.self)
    }
    @Test("Panic devices come back byte for byte") func panics() throws {
        try expectRoundTrip(of: "panic", as: Panic.self)
    }

    /// The elements of `<devices>` that this suite answers for.
    private static let kinds = [
        "interface", "serial", "parallel", "console", "channel", "smartcard", "redirdev", "redirfilter", "hub", "input",
        "graphics", "sound", "audio", "video", "tpm", "watchdog", "memballoon", "rng", "panic", "disk", "controller",
        "lease", "filesystem", "hostdev", "memory", "shmem", "pstore", "crypto", "iommu", "vsock", "nvram",
    ]

    @Test("Nothing is unknown in what libvirt accepts")
    func nothingUnknown() throws {
        var failures: [String] = []
        var elements = 0
        for name in try Set(Corpus.cases().filter { $0.kind != "parse-error" }.map(\.input)).sorted() {
            guard let reading = try? Domain.read(Corpus.bytes(name), file: name) else { continue }
            elements += reading.value.devices.disks.count
            for finding in reading.diagnostics where finding.severity == .error {
                let path = finding.path.split(separator: "/")
                guard path.count > 2, path[1] == "devices" else { continue }
                let element = path[2].split(separator: "[").first.map { String($0) } ?? ""
                if Self.kinds.contains(element) { failures.append("\(finding.description) [\(finding.path)]") }
            }
        }
        #expect(elements > 500)
        #expect(failures.isEmpty, "\(failures.count) findings:\n\(failures.joined(separator: "\n"))")
    }
}
