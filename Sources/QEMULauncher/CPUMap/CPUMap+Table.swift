extension CPUMap {
    /// The map to plan with: libvirt's in that folder, or our own table where there is none that can be read.
    static func current(folder: String?) -> CPUMap { folder.flatMap { shared(folder: $0) } ?? table }

    /// What ``CPUTable`` says. A feature stands for itself here: nobody asks such a map for bits of CPUID.
    static let table: CPUMap = {
        var map = CPUMap()
        map.vendors = [
            "GenuineIntel": "Intel", "AuthenticAMD": "AMD", "HygonGenuine": "Hygon", "CentaurHauls": "VIA",
        ]
        for word in CPUTable.features.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let names = word.split(separator: "=").map(String.init)
            var bits = CPUBits()
            bits.insert(map.features.count)
            map.add(Feature(name: names[0], bits: bits), aliases: Array(names.dropFirst()))
        }
        var indices: [Substring: Int] = [:]
        for line in CPUTable.models.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let name = words.first else { continue }
            let base = words.firstIndex(of: ":").flatMap { indices[words[$0 + 1]] }
            indices[name] = map.models.count
            map.models.append(map.model(words, from: base.map { map.models[$0] }))
        }
        return map
    }()

    /// A line of ``CPUTable/models``.
    private func model(_ words: [Substring], from base: Model?) -> Model {
        var model = Model(name: String(words[0]), vendor: words[1] == "*" ? nil : String(words[1]))
        if let base { model.bits = base.bits }
        for word in words.dropFirst(2) {
            let rest = String(word.dropFirst())
            switch word.utf8.first {
            case UInt8(ascii: "+"): if let feature = feature(rest) { model.bits.formUnion(feature.bits) }
            case UInt8(ascii: "-"): if let feature = feature(rest) { model.bits.subtract(feature.bits) }
            case UInt8(ascii: "!"): model.removed.append(rest)
            default: if let signature = Model.Signature(word) { model.signatures.append(signature) }
            }
        }
        return model
    }
}

extension CPUMap.Model.Signature {
    /// `6.85.5-7`: family, model and steppings.
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: ".")
        guard parts.count >= 2, let family = Int(parts[0]), let model = Int(parts[1]) else { return nil }
        self.init(family: family, model: model, steppings: [])
        guard parts.count > 2 else { return }
        let ends = parts[2].split(separator: "-").compactMap { Int($0) }
        if let first = ends.first, let last = ends.last, first <= last { steppings = [first...last] }
    }
}
