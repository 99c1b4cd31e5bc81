import Testing

@testable import VMDomain

/// Features of machines and hypervisors, at the edges of what is accepted.
@Suite struct FeatureEdgeTests {
    private static func feature(_ body: String) -> String { "<features>\(body)</features>" }

    private static func ring(_ size: Int, _ state: String = "on") -> String {
        feature("<kvm><dirty-ring state='\(state)' size='\(size)'/></kvm>")
    }

    private static func hyperv(_ body: String) -> String { feature("<hyperv mode='custom'>\(body)</hyperv>") }

    @Test(
        "Sizes and numbers",
        arguments: [
            Edge(ring(1024)), Edge(ring(65536)), Edge(ring(4096)), Edge(ring(512), "dirty-ring-size"),
            Edge(ring(131072), "dirty-ring-size"), Edge(ring(4097), "dirty-ring-size"), Edge(ring(3, "off")),
            Edge(feature("<smm state='on'><tseg unit='MiB'>48</tseg></smm>")),
            Edge(feature("<smm state='on'><tseg unit='KiB'>1025</tseg></smm>"), "tseg-size"),
            Edge(feature("<smm state='on'><tseg unit='MiB'>48</tseg></smm>"), "tseg-machine", machine: "pc"),
            Edge(feature("<smm state='on'/>"), machine: "pc"),
            Edge(hyperv("<spinlocks state='on' retries='4095'/>")),
            Edge(hyperv("<spinlocks state='on' retries='4094'/>"), "spinlock-retries"),
            Edge(hyperv("<spinlocks state='on'/>"), "missing-attribute"), Edge(hyperv("<spinlocks state='off'/>")),
            Edge(hyperv("<vendor_id state='on' value='TwelveLetter'/>")),
            Edge(hyperv("<vendor_id state='on' value='ThirteenLette'/>"), "vendor-id"),
            Edge(hyperv("<vendor_id state='on' value='a,b'/>"), "vendor-id"),
            Edge(hyperv("<vendor_id state='on'/>"), "missing-attribute"), Edge(hyperv("<vendor_id state='off'/>")),
            Edge(feature("<vmport state='on'/><ps2 state='on'/>")),
            Edge(feature("<vmport state='on'/><ps2 state='off'/>"), "vmport-without-ps2"),
            Edge(feature("<vmport state='off'/><ps2 state='off'/>")),
        ])
    func numbers(edge: Edge) { edge.check() }

    /// Features and the machines that have them.
    private static let owners: [(String, [String])] = [
        ("<gic version='3'/>", ["aarch64"]), ("<ras state='on'/>", ["aarch64"]),
        ("<hpt resizing='enabled'/>", ["ppc64"]), ("<htm state='on'/>", ["ppc64"]),
        ("<nested-hv state='on'/>", ["ppc64"]), ("<ccf-assist state='on'/>", ["ppc64"]),
        ("<cfpc value='fixed'/>", ["ppc64"]), ("<sbbc value='fixed'/>", ["ppc64"]),
        ("<ibs value='workaround'/>", ["ppc64"]), ("<ioapic driver='qemu'/>", ["x86_64"]),
        ("<pvspinlock state='on'/>", ["x86_64"]), ("<smm state='on'/>", machines.map(\.0)),
        ("<hyperv/>", ["x86_64", "aarch64"]),
        ("<vmport state='on'/>", ["x86_64"]), ("<apic eoi='on'/>", ["x86_64"]), ("<aia value='aplic'/>", ["riscv64"]),
        ("<pmu state='off'/>", ["x86_64", "aarch64", "riscv64"]), ("<pmu state='on'/>", machines.map(\.0)),
        ("<vmcoreinfo state='on'/>", machines.map(\.0)),
    ]

    private static let machines = [
        ("x86_64", "q35"), ("aarch64", "virt"), ("ppc64", "pseries"), ("riscv64", "virt"),
    ]

    @Test("Each feature belongs to its machines, and is refused on the others", arguments: machines)
    func platforms(architecture: String, machine: String) {
        for (xml, owners) in Self.owners {
            let edge =
                owners.contains(architecture)
                ? Edge(Self.feature(xml), architecture: architecture, machine: machine)
                : Edge(Self.feature(xml), "feature-platform", architecture: architecture, machine: machine)
            edge.check()
        }
    }
}
