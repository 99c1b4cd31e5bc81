import Testing
import VMCore
import VMXML

/// A format that was declared on this module alone is read, written, described, diagnosed and compared.
@Suite struct OwnFormatTests {
    private let text = """
        <pool type='disk' xmlns:fs='urn:test:pool:fs'>
          <name>images</name>
          <capacity unit='GiB'>8</capacity>
          <source device='/dev/sdb'/>
          <volumes>
            <volume name='a'/>
            <volume name='b'>
              <shareable/>
            </volume>
          </volumes>
          <fs:option name='nodev'/>
          <app:note xmlns:app="urn:app">kept</app:note>
        </pool>

        """

    private func findings(_ text: String) throws -> [String] { try readPool(text).diagnostics.map(\.description) }

    @Test("What is written is what was read, with elements of the format's namespace and of others")
    func roundTrip() throws {
        let reading = try readPool(text)
        #expect(reading.diagnostics == [])
        let pool = try reading.checked()
        #expect(pool.capacity == .gibibytes(8))
        #expect(pool.options.map(\.name) == ["nodev"])
        #expect(pool.foreign.map(\.name) == ["app:note"])
        #expect(pool.write(as: "pool") == text)
    }

    @Test("A description has the shapes of all variants, and the reference page a line for each")
    func description() {
        let description = Pool.describe(name: "pool")
        #expect(
            description.children.map(\.name) == ["name", "description", "capacity", "source", "volumes", "fs:option"])
        let source = description.children.first { $0.name == "source" }
        #expect(source?.attributes.map(\.name) == ["path", "device"])
        let page = XMLReference.markdown(description, introduction: "# Pools\n", group: "volumes")
        #expect(page.hasPrefix("# Pools\n\n## pool\n\n- `<pool>`\n  - `type` *required*: `dir`, `disk`\n"))
        #expect(page.contains("\n## volumes/volume\n\n- `<volume>` *repeats*\n  - `name` *required*: text\n"))
    }

    @Test("A misspelt element is told with its place and the word that was meant")
    func misspelt() throws {
        let reading = try readPool("<pool type='dir'>\n  <name>a</name>\n  <capactiy>1</capactiy>\n</pool>")
        let text = DiagnosticRenderer().render(reading.diagnostics, source: reading.source)
        #expect(
            text == """
                pool.xml:3:3: error: <pool> has no element <capactiy>; did you mean 'capacity'?
                    3 |   <capactiy>1</capactiy>
                      |   ^~~~~~~~~
                      = pool/capactiy
                1 error

                """)
        let error = #expect(throws: VMError.self) { try reading.checked() }
        #expect(error?.code == .invalidXML)
    }

    @Test("What stands in the wrong place is told where it belongs, within this format")
    func misplaced() throws {
        let start = "<pool type='dir'><name>a</name>"
        #expect(
            try findings(start + "<shareable/></pool>")
                == ["pool.xml:1:32: error: <pool> has no element <shareable>; <shareable> stands in <volume>"])
        #expect(
            try findings(start + "<source device='/dev/sdb'/></pool>")
                == [
                    "pool.xml:1:40: error: <source> has no attribute 'device'; it belongs to type='disk' of <pool>"
                ])
        #expect(
            try findings(start + "<disk/></pool>").allSatisfy { !$0.contains("stands in") },
            "no format but this one may be asked")
    }

    @Test("Another root element is refused, and told where it belongs")
    func wrongRoot() throws {
        let error = #expect(throws: VMError.self) { try readPool("<volumes/>") }
        #expect(error?.diagnostics.map(\.rule) == ["wrong-root"])
        #expect(error?.message.hasSuffix("expecting <pool>; <volumes> stands in <pool>") == true)
    }

    @Test("A prefix of the format's own has to be declared")
    func undeclared() throws {
        let findings = try findings("<pool type='dir'><name>a</name><fs:option name='nodev'/></pool>")
        #expect(findings.first?.hasSuffix("the pool must declare xmlns:fs='urn:test:pool:fs'") == true)
    }

    @Test("Volumes are told apart by the name that the vocabulary says")
    func changes() throws {
        let old = try readPool("<pool type='dir'><name>a</name><volumes><volume name='x'/></volumes></pool>").value
        var new = old
        new.volumes.insert(Pool.Volume(), at: 0)
        new.volumes[0].name = "w"
        new.volumes[1].format = "raw"
        #expect(
            old.changes(to: new, as: "pool").map(\.description) == [
                "pool/volumes/volume[1]: + '<volume name='w'/>'", "pool/volumes/volume[2]/@format: + 'raw'",
            ])
    }
}
