import Testing

@testable import VMDomain

/// Reads devices out of libvirt's canonical documents and expects the same text back.
@Suite(.enabled(if: Corpus.isThere, "the corpus isn't there"))
struct StorageRoundTripTests {
    @Test("Disks come back byte for byte") func disks() throws { try expectRoundTrip(of: "disk", as: Disk.self) }
    @Test("Controllers come back byte for byte") func controllers() throws {
        try expectRoundTrip(of: "controller", as: Controller.self)
    }
}
