import Testing

@testable import VMDomain

/// Boot and firmware settings, at the edges of what is accepted.
@Suite struct OperatingSystemEdgeTests {
    private static func os(_ body: String, attributes: String = "", acpi: Bool = false) -> String {
        "<os\(attributes)><type/>\(body)</os>" + (acpi ? "<features><acpi/></features>" : "")
    }

    private static let efi = " firmware='efi'"
    private static let bios = " firmware='bios'"
    private static let flash = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>"

    @Test(
        "Boot devices, kernels and the BIOS",
        arguments: [
            Edge(os("<boot dev='hd'/><boot dev='cdrom'/>")),
            Edge(os("<boot dev='hd'/><boot dev='hd'/>"), "duplicate-boot"),
            Edge(os("<kernel>/k</kernel><initrd>/i</initrd><cmdline>c</cmdline>")),
            Edge(os("<initrd>/i</initrd>"), "no-effect"),
            Edge(os("<cmdline>c</cmdline>"), "no-effect"),
            Edge(os("<bios rebootTimeout='-1'/>")), Edge(os("<bios rebootTimeout='65535'/>")),
            Edge(os("<bios rebootTimeout='-2'/>"), "out-of-range"),
            Edge(os("<bios rebootTimeout='65536'/>"), "out-of-range"),
            Edge(os("<bios useserial='yes'/>") + "<devices><serial type='pty'/></devices>"),
            Edge(os("<bios useserial='yes'/>") + "<devices><console type='pty'/></devices>"),
            Edge(os("<bios useserial='yes'/>"), "bios-serial"), Edge(os("<bios useserial='no'/>")),
            Edge(
                os("<bios useserial='yes'/>") + "<devices><serial type='pty'/></devices>", "bios-serial",
                architecture: "aarch64", machine: "virt"),
        ])
    func boot(edge: Edge) { edge.check() }

    @Test(
        "Firmware and its variables",
        arguments: [
            Edge(os("", attributes: efi, acpi: true)), Edge(os("", attributes: efi), "efi-without-acpi"),
            Edge(os("", attributes: bios)),
            Edge(os("<nvram>/n</nvram>", attributes: bios), "nvram-of-bios"),
            Edge(os("<loader secure='yes'/>", attributes: bios), "secure-bios"),
            Edge(os("<loader secure='no'/>", attributes: bios)),
            Edge(os(flash + "<nvram>/n</nvram>", acpi: true)), Edge(os(flash), "efi-without-acpi"),
            Edge(os("<nvram>/n</nvram>"), "nvram-without-loader"),
            Edge(os("<loader type='rom'>/r</loader><nvram>/n</nvram>"), "nvram-without-loader"),
            Edge(os("<loader type='pflash'/>", acpi: true), "missing-path"),
            Edge(os("<loader stateless='yes' type='pflash'>/c</loader>", acpi: true)),
            Edge(
                os("<loader stateless='yes' type='pflash'>/c</loader><nvram>/n</nvram>", acpi: true), "stateless-loader"
            ),
            Edge(
                os("<loader stateless='yes' type='pflash'>/c</loader><nvram template='/t'/>", acpi: true),
                "stateless-loader"),
            Edge(os("<loader stateless='no' type='rom'>/r</loader>"), "stateless-loader"),
            Edge(os("<loader stateless='no' type='pflash'>/c</loader>", acpi: true)),
        ])
    func firmware(edge: Edge) { edge.check() }

    @Test(
        "ACPI of an ARM machine needs UEFI",
        arguments: [
            Edge(os("", acpi: true), "acpi-without-efi", architecture: "aarch64", machine: "virt"),
            Edge(os("", attributes: efi, acpi: true), architecture: "aarch64", machine: "virt"),
            Edge(os(flash, acpi: true), architecture: "aarch64", machine: "virt"),
            Edge(os(flash), architecture: "aarch64", machine: "virt"),
        ])
    func arm(edge: Edge) { edge.check() }
}
