package main

import (
	"testing"

	"jetpack-start/internal/scripttest"
)

func TestMain(m *testing.M) { scripttest.Main(m, main) }

func TestScripts(t *testing.T) { scripttest.Run(t) }

func TestScriptsWordPress(t *testing.T) { scripttest.RunWordPress(t) }

func TestScriptsPHP(t *testing.T) { scripttest.RunPHP(t) }

func TestScriptsWHMCS(t *testing.T) { scripttest.RunWHMCS(t) }
