import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// A document's devices with `«` before the place of the expected finding, and what the finding says.
struct BrokenDevices: Sendable, CustomTestStringConvertible {
    var rule: String
    var devices: String
    var words: String
    var arch = "x86_64"
    var machine = "pc"

    init(_ rule: String, _ words: String, _ devices: String, arch: String = "x86_64", machine: String = "pc") {
        self.rule = rule
        self.words = words
        self.devices = devices
        self.arch = arch
        self.machine = machine
    }

    var testDescription: String { "\(rule): \(words)" }

    /// The document without the mark, and the mark's offset in it.
    var document: (bytes: [UInt8], mark: Int?) {
        let text = """
            <domain type='qemu'>
              <name>a</name>
              <memory>1048576</memory>
              <os><type arch='\(arch)' machine='\(machine)'>hvm</type></os>
              <devices>
                \(devices)
              </devices>
            </domain>
            """
        let mark = Array("«".utf8)
        var bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(of: mark[0]) else { return (bytes, nil) }
        bytes.removeSubrange(first..<(first + mark.count))
        return (bytes, first)
    }
}

@Suite struct PeripheralChecksTests {
    @Test("What is wrong is found where it stands", arguments: BrokenDevices.interfaces + BrokenDevices.characters)
    func links(broken: BrokenDevices) throws { try check(broken) }

    @Test("What is wrong is found where it stands", arguments: BrokenDevices.screens + BrokenDevices.small)
    func others(broken: BrokenDevices) throws { try check(broken) }

    private func check(_ broken: BrokenDevices) throws {
        let (bytes, mark) = broken.document
        let reading = try Domain.read(bytes, file: "t.xml")
        let findings = reading.diagnostics + reading.value.validate(source: reading.source)
        let all = findings.map { "\($0.place?.offset ?? -1) \($0.rule): \($0)" }.joined(separator: "\n")
        let finding = try #require(findings.first { $0.rule == broken.rule }, "found only:\n\(all)")
        #expect(findings.count == 1, "\(all)")
        #expect(finding.message.contains(broken.words), "\(all)")
        #expect(finding.place?.offset == mark, "\(all)")
    }

    @Test("What libvirt accepts is without fault", .needs(.corpus))
    func accepted() throws {
        var failures: [String] = []
        for name in Set(try Corpus.cases().filter { $0.kind != "parse-error" }.map(\.input)).sorted() {
            guard let reading = try? Domain.read(Corpus.bytes(name), file: name) else { continue }
            for finding in reading.value.validate(source: reading.source) where finding.severity == .error {
                let device = finding.path.split(separator: "/").dropFirst(2).first.map { String($0) } ?? ""
                guard let kind = device.split(separator: "[").first.map({ String($0) }) else { continue }
                if BrokenDevices.kinds.contains(kind) { failures.append("\(finding.description) [\(finding.path)]") }
            }
        }
        #expect(failures.isEmpty, "\(failures.count) findings:\n\(failures.joined(separator: "\n"))")
    }
}

extension BrokenDevices {
    /// The elements of `<devices>` whose checks this suite answers for.
    static let kinds: Set = [
        "interface", "serial", "parallel", "console", "channel", "smartcard", "redirdev", "redirfilter", "hub", "input",
        "graphics", "sound", "audio", "video", "tpm", "watchdog", "memballoon", "rng", "panic",
    ]

    static let interfaces = [
        Self("multicast-mac", "multicast", "<interface type='user'><mac address='«01:00:5e:00:00:01'/></interface>"),
        Self("invalid-model", "letters", "<interface type='user'><model type='«virtio net'/></interface>"),
        Self("missing-attribute", "'bridge' of <source>", "<interface type='bridge'>«<source/></interface>"),
        Self("missing-attribute", "'network' of <source>", "«<interface type='network'/>"),
        Self("missing-attribute", "'dev' of <source>", "<interface type='direct'>«<source mode='vepa'/></interface>"),
        Self("missing-attribute", "'address'", "<interface type='mcast'>«<source port='5558'/></interface>"),
        Self(
            "missing-element", "<local>",
            "<interface type='udp'>«<source address='127.0.0.1' port='5558'/></interface>"),
        Self("missing-element", "<address>", "<interface type='hostdev'>«<source/></interface>"),
        Self(
            "missing-attribute", "'mode'",
            "<interface type='vhostuser'>«<source type='unix' path='/a'/></interface>"),
        Self(
            "reconnect", "client",
            """
            <interface type='vhostuser'><source type='unix' path='/a' mode='server'>«<reconnect enabled='yes'
            timeout='1'/></source></interface>
            """),
        Self("unsupported-option", "<mtu>", "<interface type='user'>«<mtu size='9000'/></interface>"),
        Self(
            "unsupported-option", "<coalesce>",
            "<interface type='user'>«<coalesce><rx><frames max='3'/></rx></coalesce></interface>"),
        Self(
            "backend", "passt",
            "<interface type='bridge'><source bridge='b'/><backend type='«passt'/></interface>"),
        Self(
            "port-forward", "passt",
            "<interface type='bridge'><source bridge='b'/>«<portForward proto='tcp'/></interface>"),
        Self("backend", "logFile", "<interface type='user'><backend logFile='«/l'/></interface>"),
        Self(
            "invalid-range", "before it begins",
            """
            <interface type='user'><portForward proto='tcp'><range start='9' end='«7'/></portForward>
            <backend type='passt'/></interface>
            """),
        Self(
            "virtio-option", "'iommu'",
            "<interface type='user'><model type='e1000'/><driver iommu='«on'/></interface>"),
        Self(
            "not-a-power", "rx_queue_size",
            "<interface type='user'><model type='virtio'/><driver rx_queue_size='«511'/></interface>"),
        Self(
            "guest-address", "'bridge'",
            "<interface type='bridge'><source bridge='b'/>«<ip address='10.0.0.1'/></interface>"),
        Self(
            "guest-route", "route", "<interface type='user'>«<route address='10.0.0.0' gateway='10.0.0.1'/></interface>"
        ),
        Self("invalid-prefix", "4 to 27", "<interface type='user'><ip address='10.0.0.1' prefix='«30'/></interface>"),
        Self(
            "duplicate-address", "one ipv4",
            "<interface type='user'><ip address='10.0.0.1'/>«<ip address='10.0.0.2'/></interface>"),
        Self("virtual-port", "'user'", "<interface type='user'>«<virtualport type='openvswitch'/></interface>"),
        Self(
            "virtual-port", "'profileid'",
            """
            <interface type='bridge'><source bridge='b'/><virtualport type='midonet'><parameters profileid='«p'
            interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport></interface>
            """),
        Self("missing-element", "<tag>", "<interface type='user'>«<vlan/></interface>"),
        Self(
            "vlan-native", "native",
            """
            <interface type='user'><vlan><tag id='1' nativeMode='tagged'/><tag id='2' nativeMode='«tagged'/></vlan>
            </interface>
            """),
        Self(
            "missing-attribute", "'average'",
            "<interface type='user'><bandwidth>«<inbound peak='9'/></bandwidth></interface>"),
        Self(
            "bandwidth", "<inbound>",
            "<interface type='user'><bandwidth><outbound average='1' floor='«9'/></bandwidth></interface>"),
        Self(
            "teaming", "transient", "<interface type='user'><teaming type='persistent' persistent='«ua-a'/></interface>"
        ),
        Self(
            "missing-attribute", "'persistent'",
            "<interface type='network'><source network='n'/>«<teaming type='transient'/></interface>"),
        Self(
            "teaming", "'hostdev'", "<interface type='user'><teaming type='«transient' persistent='ua-a'/></interface>"),
    ]

    static let characters = [
        Self("missing-attribute", "'path'", "«<serial type='unix'><target type='pci-serial'/></serial>"),
        Self("missing-attribute", "'path'", "<serial type='file'>«<source append='on'/></serial>"),
        Self("missing-attribute", "'service'", "<serial type='tcp'>«<source host='a'/></serial>"),
        Self("missing-attribute", "mode='connect'", "<console type='udp'>«<source mode='bind' service='1'/></console>"),
        Self("missing-attribute", "'slave'", "<serial type='nmdm'>«<source master='/a'/></serial>"),
        Self("invalid-channel", "letters", "<serial type='dbus'><source channel='«a b'/></serial>"),
        Self("needs-spice", "'spiceport'", "<serial type='«spiceport'><source channel='a'/></serial>"),
        Self("needs-spice", "'spicevmc'", "<redirdev bus='usb' type='«spicevmc'/>"),
        Self(
            "spice-agent", "com.redhat.spice.0",
            "<graphics type='spice'/><channel type='spicevmc'><target type='virtio' name='«a'/></channel>"),
        Self("one-smartcard", "single", "<smartcard mode='host'/>«<smartcard mode='host'/>"),
        Self("serial-machine", "'sclp-serial'", "<serial type='pty'><target type='«sclp-serial'/></serial>"),
        Self(
            "two-serial-consoles", "first",
            "<console type='pty'><target type='serial'/></console><console type='pty'><target type='«serial'/></console>"
        ),
        Self(
            "reconnect", "mode='connect'",
            "<serial type='unix'><source mode='bind' path='/a'>«<reconnect enabled='yes' timeout='1'/></source></serial>"
        ),
        Self(
            "reconnect", "one second",
            """
            <serial type='unix'><source mode='connect' path='/a'><reconnect enabled='yes' timeout='«0'/></source>
            </serial>
            """),
        Self(
            "protocol", "'telnets'",
            "<console type='tcp'><source host='a' service='1'/><protocol type='«telnets'/></console>"),
        Self(
            "duplicate-element", "at most two",
            """
            <serial type='udp'><source mode='connect' host='a' service='1'/><source mode='bind' service='2'/>«<source
            mode='bind' service='3'/></serial>
            """),
        Self("serial-model", "'pl011'", "<serial><target type='isa-serial'><model name='«pl011'/></target></serial>"),
        Self("address-type", "'isa'", "<serial><target type='isa-serial'/><address type='«pci'/></serial>"),
        Self(
            "address-type", "no address", "<serial><target type='system-serial'/><address type='«isa'/></serial>",
            arch: "aarch64", machine: "virt"),
        Self("unsupported-device", "parallel", "«<parallel type='pty'/>", arch: "s390x", machine: "s390-ccw-virtio"),
        Self("unsupported-device", "s390", "<console type='pty'><target type='«sclp'/></console>"),
        Self("missing-element", "<target>", "«<channel type='pty'/>"),
        Self(
            "invalid-address", "IPv4", "<channel type='pty'><target type='guestfwd' address='«::1' port='1'/></channel>"
        ),
        Self(
            "missing-attribute", "'path'",
            "«<channel type='unix'><target type='guestfwd' address='10.0.2.1' port='1'/></channel>"),
        Self("certificates", "three", "<smartcard mode='host-certificates'>«<certificate>a</certificate></smartcard>"),
        Self("address-type", "'ccid'", "<smartcard mode='host'><address type='«usb'/></smartcard>"),
        Self(
            "usb-disabled", "needs USB",
            "<controller type='usb' model='none'/>«<redirdev bus='usb' type='pty'/>"),
        Self(
            "no-effect", "<protocol>",
            "«<serial type='unix'><source path='/a'/><protocol type='raw'/></serial>"),
    ]
}
