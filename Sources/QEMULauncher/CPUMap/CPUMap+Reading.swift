internal import Synchronization
public import VMCore
internal import VMDomain
internal import VMXML

extension CPUMap {
    /// The map in a folder: its `index.xml` and the files that this includes, as far as they are about x86.
    ///
    /// - Throws: `invalidXML` or `system` naming the file.
    public static func read(folder: String) throws(VMError) -> CPUMap {
        var reader = Reader(folder: folder)
        let index = try reader.tree("index.xml")
        for architecture in index.elements where architecture.attribute("name") == "x86" {
            try reader.take(architecture, depth: 0)
        }
        return reader.map
    }

    /// The map in a folder, which is read once; nil where there is none that can be read.
    static func shared(folder: String) -> CPUMap? {
        let box: Box = cache.withLock { maps in
            if let box = maps[folder] { return box }
            let box = Box(try? read(folder: folder))
            maps[folder] = box
            return box
        }
        return box.map
    }

    private final class Box: Sendable {
        let map: CPUMap?
        init(_ map: CPUMap?) { self.map = map }
    }

    private static let cache = Mutex<[String: Box]>([:])
}

extension CPUMap {
    /// Collects a map from its files.
    private struct Reader {
        let folder: String
        var map = CPUMap()
        private var bitNumbers: [BitName: Int] = [:]

        /// Where a bit is: the CPUID leaf and subleaf or the register's number, and which of its 32 bits.
        private struct BitName: Hashable {
            var isRegister: Bool
            var number: UInt32
            var sub: UInt32
            var part: UInt8
            var bit: UInt8
        }

        init(folder: String) { self.folder = folder }

        func tree(_ name: String) throws(VMError) -> XMLTree {
            let path = folder + "/" + name
            return try XMLTree.read(try Files.read(path, limit: 4 << 20), file: path)
        }

        mutating func take(_ parent: XMLTree, depth: Int) throws(VMError) {
            for element in parent.elements {
                switch element.name {
                case "group": try take(element, depth: depth)
                case "include":
                    // A file that includes itself must not be read for ever.
                    guard depth < 4, let name = element.attribute("filename"), !name.contains("/") else { continue }
                    try take(try tree(name), depth: depth + 1)
                case "vendor":
                    if let name = element.attribute("name"), let string = element.attribute("string") {
                        map.vendors[string] = name
                    }
                case "feature": takeFeature(element)
                case "model": takeModel(element)
                default: break
                }
            }
        }

        private mutating func takeFeature(_ element: XMLTree) {
            guard let name = element.attribute("name") else { return }
            var bits = CPUBits()
            var aliases: [String] = []
            for child in element.elements {
                switch child.name {
                case "cpuid": takeBits(child, "eax_in", "ecx_in", isRegister: false, &bits)
                case "msr": takeBits(child, "index", "", isRegister: true, &bits)
                case "alias": if let alias = child.attribute("name") { aliases.append(alias) }
                default: break
                }
            }
            map.add(Feature(name: name, bits: bits), aliases: aliases)
        }

        private mutating func takeBits(
            _ element: XMLTree, _ number: String, _ sub: String, isRegister: Bool, _ bits: inout CPUBits
        ) {
            let place = hexadecimal(element.attribute(number))
            let inner = hexadecimal(element.attribute(sub))
            for (part, register) in ["eax", "ebx", "ecx", "edx"].enumerated() {
                guard let text = element.attribute(register) else { continue }
                let mask = hexadecimal(text)
                for bit in UInt8(0)..<32 where mask >> UInt32(bit) & 1 == 1 {
                    let name = BitName(
                        isRegister: isRegister, number: place, sub: inner, part: UInt8(part), bit: bit)
                    bits.insert(bitNumbers[name] ?? newNumber(name))
                }
            }
        }

        private mutating func newNumber(_ name: BitName) -> Int {
            let number = bitNumbers.count
            bitNumbers[name] = number
            return number
        }

        private func hexadecimal(_ text: String?) -> UInt32 {
            guard let text, text.hasPrefix("0x") else { return 0 }
            return UInt32(text.dropFirst(2), radix: 16) ?? 0
        }

        private mutating func takeModel(_ element: XMLTree) {
            guard let name = element.attribute("name") else { return }
            var model = Model(name: name)
            // A model may start from another one, which stands before it.
            for child in element.elements where child.name == "model" {
                guard let base = child.attribute("name").flatMap({ map.model($0) }) else { continue }
                model = base
                model.name = name
            }
            var signatures: [Model.Signature] = []
            for child in element.elements {
                switch child.name {
                case "vendor": model.vendor = child.attribute("name")
                case "decode": model.describesGuests = child.attribute("guest") == "on"
                case "signature": if let signature = signature(child) { signatures.append(signature) }
                case "feature": takeFeature(child, of: &model)
                default: break
                }
            }
            if !signatures.isEmpty { model.signatures = signatures }
            map.models.append(model)
        }

        private func takeFeature(_ element: XMLTree, of model: inout Model) {
            guard let name = element.attribute("name") else { return }
            if element.attribute("removed") == "yes" {
                model.removed.append(name)
            } else if element.attribute("added") == "yes" {
                model.added.insert(name)
            } else if let feature = map.feature(name) {
                model.bits.formUnion(feature.bits)
            }
        }

        private func signature(_ element: XMLTree) -> Model.Signature? {
            guard let family = element.attribute("family").flatMap({ Int($0) }),
                let model = element.attribute("model").flatMap({ Int($0) })
            else { return nil }
            let written = (element.attribute("stepping") ?? "").split(separator: ",")
            let steppings = written.compactMap { part -> ClosedRange<Int>? in
                let ends = part.split(separator: "-").compactMap { Int($0) }
                guard let first = ends.first, let last = ends.last, first <= last else { return nil }
                return first...last
            }
            return Model.Signature(family: family, model: model, steppings: steppings)
        }
    }
}
