import Testing
import VMCore
import VMDomain
import VMXML

// What the articles of VMDomain.docc show, each between two markers with its name.

// reading: begin
/// The domain of a document, or what is wrong in it, one line a finding.
func inspect(_ text: String) throws(VMError) -> (domain: Domain, findings: [String]) {
    let reading = try Domain.read(Array(text.utf8), file: "vm.xml").validated()
    return (reading.value, reading.diagnostics.map(\.description))
}
// reading: end

// rendering: begin
/// The findings with the lines of the document they are about, as a compiler prints them.
func explain(_ text: String) throws(VMError) -> String {
    let reading = try Domain.read(Array(text.utf8), file: "vm.xml").validated()
    return DiagnosticRenderer(colours: false).render(reading.diagnostics, source: reading.source)
}
// rendering: end

// building: begin
/// A small server with one disk, a network of its own and a serial console.
func server(named name: String, image: String) -> Domain {
    var domain = Domain()
    domain.type = .qemu
    domain.name = name
    domain.memory = Memory(.gibibytes(2))
    domain.vcpu = VCPU(2)
    domain.os.type = .init(arch: "x86_64", machine: "q35")
    domain.features.acpi = true

    var network = Interface()
    network.type = .user
    network.model = Interface.Model("virtio")
    domain.devices.interfaces = [network]
    domain.devices.disks = [Disk(.file(image), format: .qcow2, target: "vda", bus: .virtio)]
    domain.devices.serials = [Serial()]
    return domain
}
// building: end

// editing: begin
/// A knob of a machine: a label, and where its value stands.
struct Knob<Value>: Sendable {
    var label: String
    var path: any WritableKeyPath<Domain, Value> & Sendable
}

let title = Knob(label: "Title", path: \Domain.title)
let acpi = Knob(label: "ACPI", path: \Domain.features.acpi)

/// Sets a value, whichever it is, and gives what that changes in the document.
func turn<Value>(_ knob: Knob<Value>, to value: Value, in domain: inout Domain) -> [XMLChange] {
    let before = domain
    domain[keyPath: knob.path] = value
    return before.changes(to: domain)
}
// editing: end

// comparing: begin
/// What to tell somebody who is about to replace one definition with another.
func review(_ old: Domain, _ new: Domain) -> [String] {
    old.changes(to: new).map { change in
        switch (change.old, change.new) {
        case (let old?, let new?): "\(change.path) becomes \(new), it was \(old)"
        case (nil, let new?): "\(change.path) is new: \(new)"
        case (let old?, nil): "\(change.path) goes: \(old)"
        case (nil, nil): change.path
        }
    }
}
// comparing: end

@Suite("The articles of VMDomain keep their word")
struct DomainArticles {
    private let server = DocumentationTests.server(named: "web", image: "/srv/web.qcow2")
    private let catalogue = Catalogue("VMDomain")

    @Test(
        "their examples are the ones that are compiled here",
        arguments: [
            ("reading", "ReadingDocuments"), ("rendering", "ReadingDocuments"), ("building", "BuildingDomains"),
            ("editing", "EditingByKeyPath"), ("comparing", "ComparingDomains"),
        ])
    func sameText(_ example: String, _ article: String) throws {
        try catalogue.check(example, of: #filePath, in: article)
    }

    private func results(in article: String) throws -> [String] { try catalogue.blocks("text", in: article) }

    private func document(in article: String) throws -> String {
        try #require(try catalogue.blocks("xml", in: article).first)
    }

    @Test("reading finds what the article says")
    func reading() throws {
        let text = try document(in: "ReadingDocuments")
        let found = try inspect(text)
        #expect(found.domain.devices.disks.count == 1)
        #expect(found.findings.count == 2)
        #expect(try results(in: "ReadingDocuments") == [try explain(text)])
    }

    @Test("a domain made in code is without fault and written as the article shows")
    func building() throws {
        #expect(server.validate().isEmpty)
        #expect(try document(in: "BuildingDomains") == server.xml)
        #expect(try Domain(xml: server.xml) == server)
    }

    @Test("key paths edit, and say what they changed")
    func editing() throws {
        var domain = server
        let titled = XMLChange(path: "domain/title", old: nil, new: "<title>Web server</title>")
        #expect(turn(title, to: "Web server", in: &domain) == [titled])
        #expect(turn(acpi, to: true, in: &domain) == [])
        domain.devices.disks[0].source.file = "/srv/other.qcow2"
        #expect(domain.xml.contains("/srv/other.qcow2"))
    }

    @Test("changes read as in the article")
    func comparing() throws {
        var new = server
        new.memory = Memory(.gibibytes(4))
        new.devices.disks.insert(.cdrom(target: "sda", bus: .sata), at: 0)
        new.devices.interfaces[0].model = nil
        let text = review(server, new).map { $0 + "\n" }.joined()
        #expect(try results(in: "ComparingDomains") == [text])
    }
}
