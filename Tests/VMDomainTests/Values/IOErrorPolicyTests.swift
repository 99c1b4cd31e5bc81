import Testing
import VMCore
import VMXML

@testable import VMDomain

/// vmctl's own element in `<metadata>`.
@Suite struct IOErrorPolicyTests {
    private func policy(_ metadata: String) throws -> IOErrorPolicy {
        try Domain(xml: "<domain type='qemu'><name>x</name>\(metadata)</domain>").ioErrorPolicy
    }

    @Test("without a word about it a machine stays paused, as with libvirt")
    func absent() throws {
        #expect(try policy("").resume == .never)
        #expect(
            try policy("<metadata><ioerror xmlns='urn:other' resume='when-space-returns'/></metadata>").resume == .never
        )
    }

    @Test("the policy is found under any prefix, wherever that is declared, and the document keeps it as it was")
    func prefixes() throws {
        for metadata in [
            "<metadata><vmctl:ioerror xmlns:vmctl='urn:vmctl:domain:1' resume='when-space-returns'/></metadata>",
            "<metadata xmlns:v='urn:vmctl:domain:1'><a:b xmlns:a='urn:a'/><v:ioerror resume='when-space-returns'/></metadata>",
            "<metadata><ioerror xmlns='urn:vmctl:domain:1' resume='when-space-returns'/></metadata>",
        ] {
            let found = try policy(metadata)
            #expect(found.resume == .whenSpaceReturns)
            #expect(found.free == .mebibytes(64))
            let domain = try Domain(xml: "<domain type='qemu'><name>x</name>\(metadata)</domain>")
            #expect(try Domain(xml: domain.xml).ioErrorPolicy == found)
        }
    }

    @Test("the space that is wanted has a unit, MiB by default; what is no size counts as not given")
    func sizes() throws {
        func free(_ attributes: String) throws -> ScaledSize {
            try policy("<metadata><v:ioerror xmlns:v='urn:vmctl:domain:1' resume='never' \(attributes)/></metadata>")
                .free
        }
        #expect(try free("free='5'") == .mebibytes(5))
        #expect(try free("free='5' unit='GiB'") == .gibibytes(5))
        #expect(try free("free='100' unit='bytes'") == .bytes(100))
        for wrong in ["free='0'", "free='-1'", "free='5' unit='XiB'", "free='99999999999' unit='EiB'"] {
            #expect(try free(wrong) == IOErrorPolicy.standardFree, "\(wrong)")
        }
    }

    @Test("'vmctl metadata' sets what the policy reads")
    func set() throws {
        var domain = try Domain(xml: "<domain type='qemu'><name>x</name></domain>")
        let tree = try XMLTree.read(Array("<ioerror resume='when-space-returns'/>".utf8), file: "-")
        try domain.setMetadata(tree, of: VMCTLMetadata.namespace, prefix: "vmctl")
        #expect(domain.ioErrorPolicy.resume == .whenSpaceReturns)
        #expect(domain.validate().allSatisfy { !$0.path.contains("ioerror") })
        let wrong = try XMLTree.read(Array("<ioerror resume='when-space-return'/>".utf8), file: "-")
        let error = #expect(throws: VMError.self) {
            try domain.setMetadata(wrong, of: VMCTLMetadata.namespace, prefix: "vmctl")
        }
        #expect(error?.description.contains("did you mean 'when-space-returns'") == true)
    }
}
