package import VMCore
package import VMXML

/// `<sources>`: what pools of a type could be made of here, `virConnectFindStoragePoolSources`.
package struct PoolSources: XMLRoot {
    package static let vocabulary = XMLVocabulary(name: "sources")

    package var sources: [PoolSource] = []

    package init() {}
    package init(_ sources: [PoolSource]) { self.sources = sources }

    package mutating func map(_ x: inout XMLMapper) { x.elements("source", &sources) }

    package var xml: String { write(as: "sources") }

    /// The most lines of a program's answer that are understood.
    private static let limit = 10_000

    // MARK: Network file systems

    /// What a server of NFS exports, as it tells anybody who asks.
    package static func exports(of host: String, _ work: Work) throws(VMError) -> PoolSources {
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.first != UInt8(ascii: "-"),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw .invalidVolume("'\(host)' is no name of a host") }
        let tool: ImageTool
        do throws(VMError) { tool = try ImageTool("showmount") } catch {
            throw VMError.unsupportedSettings(
                "the program 'showmount' is not installed", remedy: "install the package nfs-common")
        }
        return parse(exports: try lines(tool, ["--no-headers", "--exports", host], work), of: host)
    }

    /// `PATH CLIENTS`, a line each. A path may have blanks in it, the clients have none.
    static func parse(exports lines: [String], of host: String) -> PoolSources {
        var sources: [PoolSource] = []
        for line in lines {
            let words = line.split(separator: " ")
            guard line.hasPrefix("/"), let clients = words.last else { continue }
            let path = words.count == 1 ? line[...] : line.dropLast(clients.count)
            let end = path.lastIndex { $0 != " " } ?? path.startIndex
            var source = PoolSource()
            source.type = .netfs
            var server = PoolHost()
            server.name = host
            source.hosts = [server]
            var folder = PoolFolder()
            folder.path = String(path[...end])
            source.dir = folder
            source.format = "nfs"
            sources.append(source)
        }
        return PoolSources(sources)
    }

    // MARK: Volume groups

    /// The groups of the logical volume manager, with the devices of each. For root alone, who may read the devices.
    package static func volumeGroups(_ work: Work) throws(VMError) -> PoolSources {
        let tool: ImageTool
        do throws(VMError) { tool = try ImageTool("pvs") } catch {
            throw VMError.unsupportedSettings(
                "the program 'pvs' is not installed", remedy: "install the package lvm2")
        }
        return parse(
            volumes: try lines(tool, ["--noheadings", "--readonly", "--separator", "|", "-o", "pv_name,vg_name"], work))
    }

    /// `DEVICE|GROUP`, a line each; without a group a device is nobody's.
    static func parse(volumes lines: [String]) -> PoolSources {
        var sources: [PoolSource] = []
        for line in lines {
            let words = line.split(separator: "|", omittingEmptySubsequences: false).map { word in
                String(word.drop { $0 == " " }.prefix { $0 != " " })
            }
            guard words.count == 2, words[0].hasPrefix("/"), !words[1].isEmpty else { continue }
            var device = PoolDevice()
            device.path = words[0]
            if let place = sources.firstIndex(where: { $0.name == words[1] }) {
                sources[place].devices.append(device)
                continue
            }
            var source = PoolSource()
            source.type = .logical
            source.name = words[1]
            source.devices = [device]
            source.format = "lvm2"
            sources.append(source)
        }
        return PoolSources(sources)
    }

    private static func lines(_ tool: ImageTool, _ arguments: [String], _ work: Work) throws(VMError) -> [String] {
        var bytes: [UInt8] = []
        try tool.stream(arguments, work) { piece throws(VMError) in
            guard bytes.count < 1 << 20 else {
                throw .storageFailure("\(tool.name) tells more than there can be")
            }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).prefix(limit).map {
            String($0)
        }
    }
}

extension PoolSources {
    /// The host that a question's `<source>` names; nil where it names none.
    package static func host(in document: String) throws(VMError) -> String? {
        let tree = try XMLTree.read(Array(document.utf8), file: "source")
        guard tree.name == "source" else {
            throw VMError(
                .invalidXML, "XML error: expecting root element of 'source', not '\(tree.name)'",
                libvirt: LibvirtError(.xmlError, in: .storage))
        }
        return tree.element("host")?.attributes.first { $0.name == "name" }?.value
    }
}
