import Foundation
import TestNeeds
import Testing
import VMXML

@testable import VMDomain

@Suite struct DescriptionTests {
    @Test("Every path that occurs in libvirt's documents is described", .needs(.corpus))
    func paths() throws {
        let domain = Domain.describe(name: "domain")
        let table = String(decoding: try Corpus.bytes("analysis/xml-paths.tsv"), as: UTF8.self)
        var unknown: [Substring] = []
        for line in table.split(separator: "\n").dropFirst() {
            let path = line.prefix { $0 != "\t" }
            if !describes(domain, path) { unknown.append(path) }
        }
        #expect(unknown == [])
    }

    private func describes(_ domain: XMLDescription, _ path: Substring) -> Bool {
        let parts = path.split(separator: "@")
        var element = domain
        for name in parts[0].split(separator: "/").dropFirst() {
            if element.isOpaque || element.isRecursive { return true }
            guard let child = element.children.first(where: { $0.name == name }) else { return false }
            element = child
        }
        guard parts.count == 2, !element.isOpaque, !element.isRecursive else { return true }
        return element.attributes.contains { $0.name == parts[1] }
    }

    @Test("Words of two variants in one element are described in all combinations")
    func combinations() {
        let backend = RandomNumberGenerator.Backend.describe(name: "backend")
        let source = backend.children.first { $0.name == "source" }
        #expect(source?.attributes.map(\.name).contains("channel") == true)
        #expect(source?.attributes.map(\.name).contains("tls") == true)
        #expect(source?.children.map(\.name).contains("reconnect") == true)
    }
}
