// The twin of test_streams.py. They bring every facet of a locale, half a megabyte of bitcode.
#include "support.hpp"

#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace {

HPy streams(HPyContext *ctx, HPy a) {
    return translated(ctx, [&] {
        std::stringstream stream;
        stream << checked_string(ctx, a) << ' ' << std::setprecision(3) << 3.14159 << ' '
               << std::hex << 255;
        std::string word;
        double number;
        stream >> word >> number;
        stream << std::endl;
        return python(ctx, word + "|" + std::to_string(number) + "|" + stream.str());
    });
}

HPy paths(HPyContext *ctx, HPy a) {
    return translated(ctx, [&] {
        std::vector<std::string> names;
        for (const auto &entry : std::filesystem::directory_iterator(checked_string(ctx, a)))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return python(ctx, std::accumulate(names.begin(), names.end(), std::string()));
    });
}

FUNCTION1(streams, streams(ctx, a))
FUNCTION1(paths, paths(ctx, a))

} // namespace

MODULE(test_streams, &m_streams, &m_paths)
