import Testing

@testable import VMDomain

/// What is passed to QEMU as it is.
@Suite struct QEMUCommandLineTests {
    private static func variable(_ name: String) -> String {
        "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:env name='\(name)' value='1'/>"
            + "</qemu:commandline>"
    }

    @Test(
        "Names of variables",
        arguments: [
            Edge(variable("A")), Edge(variable("_a9")), Edge(variable("LD_PRELOAD")),
            Edge(variable("9A"), "environment-name"), Edge(variable(""), "environment-name"),
            Edge(variable("A B"), "environment-name"), Edge(variable("A=B"), "environment-name"),
            Edge(variable("Ä"), "environment-name"),
        ])
    func names(edge: Edge) { edge.check() }
}
